/// The connections that are open, each found by its number without searching. A number is never used twice: its upper
/// part counts how often its place was taken.
struct ConnectionTable {
    private var places: ContiguousArray<Connection?> = []
    private var generations: ContiguousArray<UInt32> = []
    private var free: [Int] = []

    /// How many there are.
    private(set) var count = 0
    /// How many of them are not relayed yet.
    var halfOpen = 0

    /// Adds what `make` returns for a number.
    mutating func add(_ make: (UInt64) -> Connection) -> Connection {
        let place: Int
        if let unused = free.popLast() {
            place = unused
        } else {
            place = places.count
            places.append(nil)
            generations.append(0)
        }
        // 28 bits: the number has to leave four for the kind of a token.
        generations[place] = (generations[place] + 1) & 0xfff_ffff
        let connection = make(UInt64(generations[place]) << 32 | UInt64(place))
        places[place] = connection
        count += 1
        halfOpen += 1
        return connection
    }

    /// The connection with a number, unless it is gone.
    subscript(id: UInt64) -> Connection? {
        let place = Int(id & 0xffff_ffff)
        guard place < places.count, let connection = places[place], connection.id == id else { return nil }
        return connection
    }

    /// Forgets a connection.
    mutating func remove(_ connection: Connection) {
        let place = Int(connection.id & 0xffff_ffff)
        guard self[connection.id] != nil else { return }
        places[place] = nil
        free.append(place)
        count -= 1
        if connection.stage.isHalfOpen { halfOpen -= 1 }
    }

    /// All of them.
    var all: [Connection] { places.compactMap { $0 } }
}
