public import System

extension LocalPlace {
    /// What the guest of a container's id and all that it has started use; nil where it is gone.
    public static func usage(of container: String) -> ControlGroup.Usage? {
        guest(of: container)?.process.flatMap { ProcessTree.usage(of: $0) }
    }
}
