extension PolicyRule.Target {
    /// Why the target is wider than anybody means, as the end of a sentence; nil where it is not.
    var breadth: String? {
        switch self {
        case .anyName: "allows every name there is"
        case .network(let block):
            block.prefixLength < (block.address.isV4 ? 8 : 16) ? "is a large part of all addresses" : nil
        case .name: nil
        case .below(let name): BroadDomains.reason(below: name)
        }
    }
}

/// Domains below which names belong to different owners. The full Public Suffix List is not carried along: it is large and
/// changes daily. This has the rule for all top-level domains, the usual second levels of countries, and the hosts at
/// which anybody can have a name within a minute.
enum BroadDomains {
    static func reason(below name: HostName) -> String? {
        let labels = name.description.split(separator: ".")
        if labels.count == 1 { return "allows every name below a top-level domain" }
        if labels.count == 2, labels[1].utf8.count == 2, secondLevels.contains(String(labels[0])) {
            return "allows every name below a registry's domain"
        }
        if multiTenant.contains(name.description) || isRegional(labels) {
            return "allows names that anybody can register"
        }
        return nil
    }

    /// `*.s3.eu-west-1.amazonaws.com`, `*.eu-central-1.elb.amazonaws.com`, `*.westeurope.cloudapp.azure.com`.
    private static func isRegional(_ labels: [Substring]) -> Bool {
        let name = labels.joined(separator: ".")
        return ["amazonaws.com", "amazonaws.com.cn", "cloudapp.azure.com", "on.aws", "run.app"].contains {
            name.hasSuffix("." + $0)
        } && labels.count <= 5
    }

    /// Second levels at which countries' registries hand out names: `co.uk`, `com.au`, `ne.jp`.
    private static let secondLevels: Set<String> = [
        "ac", "co", "com", "edu", "gob", "gov", "go", "gouv", "ltd", "mil", "ne", "net", "nhs", "nom", "or",
        "org", "plc", "police", "sch", "school",
    ]

    /// Hosts that give away names, and content networks.
    private static let multiTenant: Set<String> = [
        "github.io", "gitlab.io", "amazonaws.com", "amazonaws.com.cn", "s3.amazonaws.com",
        "on.aws", "cloudfront.net", "awsapprunner.com", "elasticbeanstalk.com", "amplifyapp.com", "azurewebsites.net",
        "azureedge.net", "azurefd.net", "azurestaticapps.net", "cloudapp.azure.com", "cloudapp.net",
        "core.windows.net", "blob.core.windows.net", "trafficmanager.net", "windows.net", "pages.dev", "workers.dev",
        "r2.dev", "cloudflarestorage.com", "r2.cloudflarestorage.com", "trycloudflare.com", "vercel.app", "now.sh",
        "netlify.app", "netlify.com", "herokuapp.com", "herokudns.com", "appspot.com", "run.app", "a.run.app",
        "web.app", "firebaseapp.com", "firebaseio.com", "cloudfunctions.net", "googleapis.com",
        "storage.googleapis.com", "googleusercontent.com", "fly.dev", "onrender.com", "railway.app", "up.railway.app",
        "deno.dev", "deno.net", "glitch.me", "repl.co", "replit.app", "replit.dev", "surge.sh", "ngrok.io",
        "ngrok.app", "ngrok.dev", "ngrok-free.app", "ngrok-free.dev", "loca.lt", "localhost.run", "lhr.life",
        "fastly.net", "global.fastly.net", "fastlylb.net", "akamaihd.net", "akamaized.net", "akamai.net",
        "edgekey.net", "edgesuite.net", "b-cdn.net", "azureedge.us", "digitaloceanspaces.com", "ondigitalocean.app",
        "linodeobjects.com", "backblazeb2.com", "wasabisys.com", "supabase.co", "hf.space", "streamlit.app",
        "gitpod.io", "github.dev", "app.github.dev", "codespaces.new", "readthedocs.io", "blogspot.com",
        "wordpress.com", "tumblr.com", "myshopify.com", "duckdns.org", "no-ip.org", "dyndns.org", "nip.io", "sslip.io",
        "xip.io", "localtest.me", "lvh.me", "oast.fun", "oast.pro", "oast.site", "oastify.com", "webhook.site",
        "requestbin.net", "pipedream.net", "beeceptor.com", "interact.sh", "stackblitz.io", "webcontainer.io",
        "csb.app", "sharepoint.com", "eu.org", "uk.com", "us.com", "de.com", "co.com", "me.uk",
        "id.au", "web.id", "web.za",
    ]
}
