/// What pairs of runs came to: ours, theirs, ours, theirs, so that what slows the machine down slows both.
struct Pairs {
    /// Milliseconds of each.
    private(set) var pairs: [(ours: Double, theirs: Double)] = []

    /// Runs pairs; the first few only warm caches and are not counted.
    init(_ count: Int, warmUp: Int = 2, ours: (Int) throws -> Double, theirs: (Int) throws -> Double) rethrows {
        for number in 0..<count + warmUp {
            let pair = (try ours(number), try theirs(number))
            if number >= warmUp { pairs.append(pair) }
        }
    }

    var ours: Double { median(pairs.map(\.ours)) }
    var theirs: Double { median(pairs.map(\.theirs)) }
    /// The median of what ours takes longer.
    var difference: Double { median(differences) }
    /// Between which the middle half of the differences lies.
    var middleHalf: (low: Double, high: Double) {
        guard let last = differences.last else { return (.nan, .nan) }
        return (differences[differences.count / 4], differences.dropLast(differences.count / 4).last ?? last)
    }
    private var differences: [Double] { pairs.map { $0.ours - $0.theirs }.sorted() }
    /// The median of what each pair says.
    var ratio: Double { median(pairs.map { $0.ours / $0.theirs }) }
}

/// The value in the middle.
func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard let last = sorted.last else { return .nan }
    let middle = sorted.count / 2
    if sorted.count % 2 == 1 { return sorted[middle] }
    return middle == 0 ? last : (sorted[middle - 1] + sorted[middle]) / 2
}
