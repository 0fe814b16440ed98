import Foundation
import System
import Testing

extension IntegrationTests {
    @Suite struct NetworkProgramTests {
        @Test("programs that know nothing of proxies work where the policy lets them", arguments: TestEngine.all)
        func programs(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let (_, inside, outside) = try place.probe("programs")
                let expected = [
                    "git_over_https": "reached from the internet?", "git_over_ssh": "reached from the internet?",
                    "curl": #"reached allowed "allowed.test" /?"#,
                    "pip_download": "reached sample-1.0-py3-none-any.whl",
                    "apt_update_and_download": "reached True", "python_library": #"reached allowed "allowed.test" /?"#,
                ]
                for (program, result) in expected {
                    #expect(inside[program] == result, "\(program): \(inside[program])")
                    #expect(outside[program] == result, "\(program): \(outside[program])")
                }
                let others = ["git_over_https_other", "pip_other", "apt_other", "python_library_other"]
                for program in others {
                    #expect(inside[program].hasPrefix("closed"), "\(program): \(inside[program])")
                }
                let departures = try place.departures()
                #expect(
                    departures.connections == ["198.51.100.10:22", "198.51.100.10:80", "198.51.100.10:443"],
                    "\(departures.connections)")
                #expect(departures.names == ["allowed.test"])
                #expect(departures.others == [])
                // They were after it: without the guard they come to the other server, each in its own way.
                let control = try place.seen().fromVisitors.to(Internet.evil, Internet.evil6).of("request").compactMap(
                    \.target)
                for path in ["/git/sample.git", "/simple/sample", "/debian/"] {
                    #expect(control.contains { $0.hasPrefix(path) }, "\(path): \(control)")
                }
            }
        }
    }
}
