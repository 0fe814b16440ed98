import Foundation
import System
import Testing

extension IntegrationTests {
    @Suite struct NetworkHTTPTests {
        /// What servers make nothing of, with a gateway or without.
        private static let refusedByServers: Set<String> = ["other:http2", "other:random", "other:tls", "other:banner"]

        @Test("every request of a connection is for its own name", arguments: TestEngine.all)
        func requests(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let (name, inside, outside) = try place.probe("texts")
                let honest = inside.names("honest")
                #expect(honest.count == 8)
                for attempt in honest {
                    #expect(inside[attempt] == outside[attempt], "\(attempt)")
                    #expect(inside.reached(attempt), "\(attempt): \(inside[attempt])")
                }
                for attempt in ["honest:two", "honest:later", "honest:length", "honest:chunked"] {
                    #expect(inside[attempt].contains(" | "), "\(attempt): \(inside[attempt])")
                }

                let others = inside.names("other") + ["absolute_form", "curl_host", "no_body_after_refusal"]
                #expect(others.count == 38)
                for attempt in others {
                    #expect(!inside[attempt].contains("/other"), "\(attempt): \(inside[attempt])")
                    #expect(!inside[attempt].contains("evil"), "\(attempt): \(inside[attempt])")
                    #expect(inside[attempt] != "nothing", "\(attempt)")
                    if !Self.refusedByServers.contains(attempt) {
                        #expect(outside.reached(attempt), "\(attempt): \(outside[attempt])")
                    }
                }
                // Those whose first request is honest get that answered, and no more.
                let halfHonest: Set<String> = [
                    "other:pipelined", "other:later", "other:after-body", "other:after-chunks",
                ]
                for attempt in others where !halfHonest.contains(attempt) {
                    #expect(inside.isClosed(attempt), "\(attempt): \(inside[attempt])")
                }
                #expect(inside["curl_host"].hasPrefix("refused 403"), "\(inside["curl_host"])")

                let departures = try place.departures()
                #expect(departures.connections == ["198.51.100.10:80"])
                #expect(departures.others == [])
                let seen = try place.seen()
                let requests = seen.fromHome.of("request")
                #expect(!requests.isEmpty)
                #expect(!requests.contains { $0.target?.contains("other") == true }, "\(requests)")
                let hosts = Set(requests.compactMap { $0.host?.lowercased() })
                #expect(hosts.subtracting(["allowed.test", "allowed.test:80"]) == [])
                #expect(seen.fromVisitors.of("request").filter { $0.target?.contains("other") == true }.count > 25)
                let refusals = try place.refusals(name)
                #expect(refusals.contains { $0.hasPrefix("connection-refused allowed.test 80") }, "\(refusals)")
            }
        }
    }
}
