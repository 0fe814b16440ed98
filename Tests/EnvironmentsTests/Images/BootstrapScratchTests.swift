import Testing

@testable import Environments

@Suite("where a base is put together")
struct BootstrapScratchTests {
    private static let plenty: UInt64 = 8 << 30

    @Test("in memory where there is plenty of it, programs can be run there, and nothing else was chosen")
    func memory() {
        let plenty = Self.plenty
        let here = BootstrapScratch(chosen: nil, isUsable: true, room: plenty, available: plenty)
        #expect(here.directory == "/dev/shm")
        #expect(here.hint?.contains("TMPDIR=/var/tmp") == true)
        for elsewhere in [
            BootstrapScratch(chosen: "/scratch", isUsable: true, room: plenty, available: plenty),
            BootstrapScratch(chosen: nil, isUsable: false, room: plenty, available: plenty),
            BootstrapScratch(chosen: nil, isUsable: true, room: 64 << 20, available: plenty),
            BootstrapScratch(chosen: nil, isUsable: true, room: plenty, available: 1 << 30),
        ] {
            #expect(elsewhere.directory == nil)
            #expect(elsewhere.hint == nil)
        }
    }
}
