import CLinux
import Glibc

/// The terminal that a person sits at.
public enum Terminal {
    /// Columns and rows.
    public struct Size: Equatable, Sendable {
        /// Columns.
        public var columns: UInt16
        /// Rows.
        public var rows: UInt16

        /// A size; 80 × 24 is what a program may expect where nobody says.
        public init(columns: UInt16 = 80, rows: UInt16 = 24) {
            self.columns = columns
            self.rows = rows
        }
    }

    /// True where the descriptor is a terminal (isatty(3)).
    public static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// The size of a terminal; nil where it is none, or does not say.
    public static func size(of descriptor: Int32) -> Size? {
        var size = winsize()
        guard task_window_size(descriptor, &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
        return Size(columns: size.ws_col, rows: size.ws_row)
    }

    /// Tells the programs on a terminal its new size (TIOCSWINSZ).
    public static func setSize(_ size: Size, of descriptor: Int32) {
        _ = task_set_terminal_size(descriptor, size.columns, size.rows)
    }

    /// Puts a terminal into raw mode (cfmakeraw(3)) and returns what restores it.
    public static func makeRaw(_ descriptor: Int32) throws(SystemError) -> @Sendable () -> Void {
        var before = termios()
        try check("read the mode of", "the terminal") { tcgetattr(descriptor, &before) }
        var raw = before
        cfmakeraw(&raw)
        try check("set the mode of", "the terminal") { tcsetattr(descriptor, TCSANOW, &raw) }
        let saved = before
        return {
            var mode = saved
            _ = tcsetattr(descriptor, TCSANOW, &mode)
        }
    }
}
