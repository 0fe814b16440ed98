/// `unknown option '--nmae' (did you mean '--name'?)`.
func unknown(_ noun: String, _ word: String, among known: [String]) -> UsageError {
    UsageError("unknown \(noun) \(quoted(word))\(didYouMean(word, among: known))")
}

/// ` (did you mean '--name'?)`; empty where nothing is near.
public func didYouMean(_ word: String, among known: [String]) -> String {
    suggestion(for: word, among: known).map { " (did you mean '\($0)'?)" } ?? ""
}

/// The known word that `word` was most likely meant to be: the nearest one within two slips of the finger (one in a
/// word of up to three characters), else the first that it abbreviates.
func suggestion(for word: String, among known: [String]) -> String? {
    // A long word is no slip of the finger, and the distance costs time in proportion to its length.
    let letters = word.drop { $0 == "-" }
    guard !letters.isEmpty, letters.count <= 40, word.hasPrefix("-") == (known.first?.hasPrefix("-") ?? false) else {
        return nil
    }
    let nearest = known.map { (word: $0, distance: editDistance(Array(word), Array($0))) }
        .min { $0.distance < $1.distance }
    if let nearest, nearest.distance <= (letters.count <= 3 ? 1 : 2) { return nearest.word }
    return letters.count < 2 ? nil : known.first { $0.hasPrefix(word) }
}

/// How many characters must be inserted, deleted, replaced or swapped with their neighbour (optimal string alignment).
func editDistance(_ left: [Character], _ right: [Character]) -> Int {
    var beforePrevious: [Int] = []
    var previous = Array(0...right.count)
    for i in left.indices {
        var current = [i + 1]
        for j in right.indices {
            let replaced = previous[j] + (left[i] == right[j] ? 0 : 1)
            var distance = min(replaced, previous[j + 1] + 1, current[j] + 1)
            if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                distance = min(distance, beforePrevious[j - 1] + 1)
            }
            current.append(distance)
        }
        (beforePrevious, previous) = (previous, current)
    }
    return previous[right.count]
}
