import EngineAPI
import Testing

@testable import Environments

@Suite("which distribution this is")
struct DistributionTests {
    @Test(
        "by its id, else by what it is like",
        arguments: [
            ("ID=debian\n", Distribution.debian),
            ("NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\n", .debian),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", .debian),
            ("ID=raspbian\nID_LIKE=debian\n", .debian),
            ("ID=fedora\nVARIANT_ID=workstation\n", .fedora),
            ("ID=nobara\nID_LIKE=\"fedora\"\n", .fedora),
            ("ID=\"rhel\"\nID_LIKE=\"fedora\"\n", .redHat),
            ("ID=\"centos\"\nID_LIKE=\"rhel fedora\"\n", .redHat),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", .redHat),
            ("ID=\"ol\"\nID_LIKE=\"fedora rhel\"\n", .redHat),
            ("ID=\"amzn\"\nID_LIKE=\"fedora\"\n", .other),
            ("ID=arch\n", .arch), ("ID=endeavouros\nID_LIKE='arch'\n", .arch),
            ("ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n", .suse),
            ("ID=\"sles\"\nID_LIKE=\"suse\"\n", .suse),
            ("ID=alpine\n", .alpine), ("ID=postmarketos\nID_LIKE=\"alpine\"\n", .alpine),
            ("ID=nixos\n", .other), ("ID=gentoo\n", .other), ("", .other), ("VERSION_ID=debian\n", .other),
        ])
    func family(text: String, expected: Distribution) {
        #expect(Distribution(osRelease: text) == expected)
    }

    @Test(
        "what installs an engine; nothing is made up",
        arguments: [
            (Distribution.debian, "apt-get install docker.io" as String?, "apt-get install podman" as String?),
            (.fedora, "dnf install moby-engine", "dnf install podman"), (.redHat, nil, "dnf install podman"),
            (.arch, "pacman -S docker", "pacman -S podman"), (.suse, "zypper install docker", "zypper install podman"),
            (.alpine, "apk add docker", "apk add podman"), (.other, nil, nil),
        ])
    func install(distribution: Distribution, docker: String?, podman: String?) {
        #expect(distribution.install(.docker) == docker)
        #expect(distribution.install(.podman) == podman)
    }
}
