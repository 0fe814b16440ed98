/// The known word that a mistyped one is meant to be; nil where none is near.
public func suggestion(for word: String, among known: [String]) -> String? {
    let letters = Array(word.utf8)
    // A long word is no slip of the finger, and the distance costs time in proportion to its length.
    guard letters.count <= 40 else { return nil }
    let nearest = known.map { (word: $0, distance: editDistance(letters, Array($0.utf8))) }
        .min { $0.distance < $1.distance }
    guard let nearest, nearest.distance <= (letters.count <= 3 ? 1 : 2) else { return nil }
    return nearest.word
}

/// How many letters must be inserted, removed or replaced (Levenshtein's distance).
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var previous = Array(0...right.count)
    for (row, letter) in left.enumerated() {
        var current = [row + 1]
        for (column, other) in right.enumerated() {
            let replaced = previous[column] + (lower(letter) == lower(other) ? 0 : 1)
            current.append(min(replaced, previous[column + 1] + 1, current[column] + 1))
        }
        previous = current
    }
    return previous[right.count]
}

private func lower(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte | 0x20 : byte }
