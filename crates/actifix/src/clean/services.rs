//! The credentials of well-known services by their documented forms: a row each, with what the token begins with and what
//! follows. `~` stands for the place where the keyword is, when something of the token stands before it.

/// A service's token.
pub struct Service {
    /// What it is called, to switch it off.
    pub name: &'static str,
    /// What is looked for in one pass over the text; a part of the token.
    pub keyword: &'static str,
    /// What follows the keyword, as [`super::shape::Shape`] reads it.
    pub after: &'static str,
    /// What stands before it.
    pub before: &'static str,
    /// Its last six characters are a checksum: where it is right the token needs no edge before it.
    pub summed: bool,
}

/// A row: name, keyword, what follows.
const fn row(name: &'static str, keyword: &'static str, after: &'static str) -> Service {
    Service {
        name,
        keyword,
        after,
        before: "",
        summed: false,
    }
}

impl Service {
    const fn after(self, before: &'static str) -> Self {
        Self { before, ..self }
    }

    const fn summed(self) -> Self {
        Self {
            summed: true,
            ..self
        }
    }
}

/// All of them.
#[rustfmt::skip]
pub const SERVICES: &[Service] = &[
    // Code and packages
    row("github", "ghp_", "[A-Za-z0-9]{36,}").summed(),
    row("github", "gho_", "[A-Za-z0-9]{36,}").summed(),
    row("github", "ghu_", "[A-Za-z0-9]{36,}").summed(),
    row("github", "ghs_", "[A-Za-z0-9]{36,}").summed(),
    row("github", "ghr_", "[A-Za-z0-9]{36,}").summed(),
    row("github", "github_pat_", "[A-Za-z0-9_]{22,}"),
    row("gitlab", "glpat-", "[A-Za-z0-9_.-]{20,}"),
    row("gitlab", "gldt-", "[A-Za-z0-9_-]{20,}"),
    row("gitlab", "glrt-", "[A-Za-z0-9_.-]{20,}"),
    row("gitlab", "glptt-", "[A-Za-z0-9_-]{20,}"),
    row("gitlab", "glft-", "[A-Za-z0-9_-]{20,}"),
    row("gitlab", "glsoat-", "[A-Za-z0-9_-]{20,}"),
    row("gitlab", "glcbt-", "[A-Za-z0-9_-]{20,}"),
    row("gitlab", "glagent-", "[A-Za-z0-9_-]{50,}"),
    row("gitlab", "GR1348941", "[A-Za-z0-9_-]{20,}"),
    row("bitbucket", "ATBB", "[A-Za-z0-9]{32}"),
    row("atlassian", "ATATT3", "[A-Za-z0-9_=-]{50,}"),
    row("atlassian", "ATCTT3", "[A-Za-z0-9_=-]{50,}"),
    row("npm", "npm_", "[A-Za-z0-9]{36}").summed(),
    row("pypi", "pypi-AgE", "[A-Za-z0-9_-]{50,}"),
    row("rubygems", "rubygems_", "[a-f0-9]{48}"),
    row("crates", "cio", "[A-Za-z0-9]{32}"),
    row("clojars", "CLOJARS_", "[a-z0-9]{60}"),
    row("jfrog", "AKCp", "[A-Za-z0-9]{69}"),
    row("jfrog", "cmVmd", "[A-Za-z0-9]{59}"),
    row("docker", "dckr_pat_", "[A-Za-z0-9_-]{27,}"),
    row("docker", "dckr_oat_", "[A-Za-z0-9_-]{32,}"),
    row("circleci", "CCIPAT_", "[A-Za-z0-9_]{40,}"),
    row("circleci", "CCIPRJ_", "[A-Za-z0-9_]{40,}"),
    row("buildkite", "bkua_", "[a-z0-9]{40}"),
    row("sonar", "sqp_", "[a-f0-9]{40}"),
    row("sonar", "squ_", "[a-f0-9]{40}"),
    row("sonar", "sqa_", "[a-f0-9]{40}"),
    row("postman", "PMAK-", "[a-f0-9]{24}-[a-f0-9]{34}"),
    row("readme", "rdme_", "[a-z0-9]{70}"),
    row("sourcegraph", "sgp_", "[A-Za-z0-9_]{40,}"),
    // Clouds
    row("aws", "AKIA", "[A-Z0-9]{16}"),
    row("aws", "ASIA", "[A-Z0-9]{16}"),
    row("aws", "ABIA", "[A-Z0-9]{16}"),
    row("aws", "ACCA", "[A-Z0-9]{16}"),
    row("aws", "ABSK", "[A-Za-z0-9+/=]{109,}"),
    row("google", "AIza", "[A-Za-z0-9_-]{35}"),
    row("google", "ya29.", "[A-Za-z0-9_-]{20,}"),
    row("google", "GOCSPX-", "[A-Za-z0-9_-]{28}"),
    row("google", "1//0", "[A-Za-z0-9_-]{40,}"),
    row("azure", "Q~", "[A-Za-z0-9_.~-]{31,34}").after("[A-Za-z0-9_.~-]{3}[0-9]"),
    row("azure", "AZDO", "[A-Za-z0-9]{4}").after("[A-Za-z0-9]{76}"),
    row("digitalocean", "dop_v1_", "[a-f0-9]{64}"),
    row("digitalocean", "doo_v1_", "[a-f0-9]{64}"),
    row("digitalocean", "dor_v1_", "[a-f0-9]{64}"),
    row("alibaba", "LTAI", "[A-Za-z0-9]{16,20}"),
    row("tencent", "AKID", "[A-Za-z0-9]{32}"),
    row("yandex", "AQVN", "[A-Za-z0-9_-]{35,38}"),
    row("heroku", "HRKU-", "[A-Za-z0-9_-]{36,}"),
    row("netlify", "nfp_", "[A-Za-z0-9]{36,}"),
    row("fly", "fm2_", "[A-Za-z0-9+/=_-]{100,}"),
    row("fly", "fo1_", "[A-Za-z0-9_-]{43}"),
    row("render", "rnd_", "[A-Za-z0-9]{28,}"),
    row("cloudflare", "v1.0-", "[a-f0-9]{24}-[a-f0-9]{146}"),
    row("scalingo", "tk-us-", "[A-Za-z0-9_-]{48}"),
    row("openshift", "sha256~", "[A-Za-z0-9_-]{43}"),
    row("tailscale", "tskey-", "[a-z]{3,8}-[A-Za-z0-9]{8,}-[A-Za-z0-9]{16,}"),
    row("supabase", "sbp_", "[a-f0-9]{40}"),
    row("supabase", "sb_secret_", "[A-Za-z0-9_-]{20,}"),
    row("planetscale", "pscale_tkn_", "[A-Za-z0-9_.=-]{32,}"),
    row("planetscale", "pscale_pw_", "[A-Za-z0-9_.=-]{32,}"),
    row("planetscale", "pscale_oauth_", "[A-Za-z0-9_.=-]{32,}"),
    row("databricks", "dapi", "[a-f0-9]{32}"),
    // Secrets kept by services of their own
    row("vault", "hvs.", "[A-Za-z0-9_-]{24,}"),
    row("vault", "hvb.", "[A-Za-z0-9_-]{24,}"),
    row("vault", "hvr.", "[A-Za-z0-9_-]{24,}"),
    row("terraform", ".atlasv1.", "[A-Za-z0-9_=-]{60,}").after("[A-Za-z0-9]{14}"),
    row("doppler", "dp.pt.", "[A-Za-z0-9]{40,}"),
    row("doppler", "dp.st.", "[A-Za-z0-9_.-]{40,}"),
    row("doppler", "dp.ct.", "[A-Za-z0-9]{40,}"),
    row("doppler", "dp.sa.", "[A-Za-z0-9]{40,}"),
    row("doppler", "dp.scim.", "[A-Za-z0-9]{40,}"),
    row("onepassword", "ops_eyJ", "[A-Za-z0-9+/=_-]{100,}"),
    row("onepassword", "A3-", "[A-Z0-9]{6}-[A-Z0-9]{6,11}-[A-Z0-9]{5,6}-[A-Z0-9]{5}-[A-Z0-9]{5}"),
    row("pulumi", "pul-", "[a-f0-9]{40}"),
    row("infracost", "ico-", "[A-Za-z0-9]{32}"),
    row("age", "AGE-SECRET-KEY-1", "[A-Z0-9]{58}"),
    row("wallet", "xprv", "[A-HJ-NP-Za-km-z1-9]{100,}"),
    // Watching
    row("datadog", "ddp_", "[A-Za-z0-9]{36}"),
    row("newrelic", "NRAK-", "[A-Z0-9]{27}"),
    row("newrelic", "NRII-", "[A-Za-z0-9_-]{32}"),
    row("newrelic", "NRJS-", "[a-f0-9]{19}"),
    row("sentry", "sntrys_", "[A-Za-z0-9+/=_-]{40,}"),
    row("sentry", "sntryu_", "[a-f0-9]{64}"),
    row("grafana", "glc_", "[A-Za-z0-9+/=]{32,}"),
    row("grafana", "glsa_", "[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}"),
    row("dynatrace", "dt0c01.", "[A-Z0-9]{24}\\.[A-Z0-9]{64}"),
    row("launchdarkly", "sdk-", "[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}"),
    row("honeycomb", "hcaik_", "[a-z0-9]{58}"),
    row("prefect", "pnu_", "[A-Za-z0-9]{36}"),
    // Messages
    row("slack", "xoxb-", "[A-Za-z0-9-]{10,}"),
    row("slack", "xoxp-", "[A-Za-z0-9-]{10,}"),
    row("slack", "xoxa-", "[A-Za-z0-9-]{10,}"),
    row("slack", "xoxr-", "[A-Za-z0-9-]{10,}"),
    row("slack", "xoxs-", "[A-Za-z0-9-]{10,}"),
    row("slack", "xoxo-", "[A-Za-z0-9-]{10,}"),
    row("slack", "xoxe-", "[A-Za-z0-9-]{10,}"),
    row("slack", "xoxe.", "[A-Za-z0-9.-]{10,}"),
    row("slack", "xapp-", "[0-9]-[A-Za-z0-9-]{10,}"),
    row("slack", "hooks.slack.com/services/", "[A-Za-z0-9/]{20,}"),
    row("discord", "discord.com/api/webhooks/", "[0-9]{17,20}/[A-Za-z0-9_-]{60,}"),
    row("discord", "discordapp.com/api/webhooks/", "[0-9]{17,20}/[A-Za-z0-9_-]{60,}"),
    row("teams", "webhook.office.com/webhookb2/", "[A-Za-z0-9@/-]{60,}"),
    row("telegram", ":AA", "[A-Za-z0-9_-]{33}").after("[0-9]{8,10}"),
    row("twilio", "SK", "[a-f0-9]{32}"),
    row("sendgrid", "SG.", "[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{16,64}"),
    row("mailgun", "key-", "[a-f0-9]{32}"),
    row("mailchimp", "-us", "[0-9]{1,2}").after("[a-f0-9]{32}"),
    row("brevo", "xkeysib-", "[a-f0-9]{64}-[A-Za-z0-9]{16}"),
    row("brevo", "xsmtpsib-", "[a-f0-9]{64}-[A-Za-z0-9]{16}"),
    row("resend", "re_", "[A-Za-z0-9]{8}_[A-Za-z0-9]{24}"),
    row("facebook", "EAA", "[A-Za-z0-9]{80,}"),
    // Money and shops
    row("stripe", "sk_live_", "[A-Za-z0-9]{16,}"),
    row("stripe", "sk_test_", "[A-Za-z0-9]{16,}"),
    row("stripe", "rk_live_", "[A-Za-z0-9]{16,}"),
    row("stripe", "rk_test_", "[A-Za-z0-9]{16,}"),
    row("stripe", "whsec_", "[A-Za-z0-9+/=]{24,}"),
    row("square", "sq0atp-", "[A-Za-z0-9_-]{22}"),
    row("square", "sq0csp-", "[A-Za-z0-9_-]{43}"),
    row("square", "EAAA", "[A-Za-z0-9_-]{60}"),
    row("shopify", "shpat_", "[a-fA-F0-9]{32}"),
    row("shopify", "shpca_", "[a-fA-F0-9]{32}"),
    row("shopify", "shppa_", "[a-fA-F0-9]{32}"),
    row("shopify", "shpss_", "[a-fA-F0-9]{32}"),
    row("braintree", "access_token$production$", "[a-z0-9]{16}$[a-f0-9]{32}"),
    row("plaid", "access-production-", "[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}"),
    row("razorpay", "rzp_live_", "[A-Za-z0-9]{14,}"),
    row("flutterwave", "FLWSECK-", "[a-f0-9]{32}-X"),
    row("easypost", "EZAK", "[A-Za-z0-9]{54}"),
    row("easypost", "EZTK", "[A-Za-z0-9]{54}"),
    row("shippo", "shippo_live_", "[a-f0-9]{40}"),
    row("duffel", "duffel_live_", "[A-Za-z0-9_=-]{43}"),
    // Tools for people
    row("linear", "lin_api_", "[A-Za-z0-9]{40}"),
    row("linear", "lin_oauth_", "[A-Za-z0-9]{40,}"),
    row("notion", "secret_", "[A-Za-z0-9]{43}"),
    row("notion", "ntn_", "[A-Za-z0-9]{40,}"),
    row("figma", "figd_", "[A-Za-z0-9_-]{38,}"),
    row("airtable", "pat", "[A-Za-z0-9]{14}\\.[a-f0-9]{64}"),
    row("typeform", "tfp_", "[A-Za-z0-9_.=-]{59}"),
    row("contentful", "CFPAT-", "[A-Za-z0-9_-]{43}"),
    row("frameio", "fio-u-", "[A-Za-z0-9_=-]{64}"),
    row("mapbox", "sk.eyJ", "[A-Za-z0-9_-]{20,}\\.[A-Za-z0-9_-]{20,}"),
    row("adafruit", "aio_", "[A-Za-z0-9]{28}"),
    // Models
    row("openai", "sk-", "[A-Za-z0-9]{20,}"),
    row("openai", "sk-proj-", "[A-Za-z0-9_-]{20,}"),
    row("openai", "sk-svcacct-", "[A-Za-z0-9_-]{20,}"),
    row("openai", "sk-admin-", "[A-Za-z0-9_-]{20,}"),
    row("openrouter", "sk-or-", "[A-Za-z0-9_-]{20,}"),
    row("anthropic", "sk-ant-", "[A-Za-z0-9_-]{20,}"),
    row("huggingface", "hf_", "[A-Za-z0-9]{34,}"),
    row("replicate", "r8_", "[A-Za-z0-9]{37}"),
    row("groq", "gsk_", "[A-Za-z0-9]{48,}"),
    row("xai", "xai-", "[A-Za-z0-9]{70,}"),
    row("perplexity", "pplx-", "[A-Za-z0-9]{40,}"),
    row("nvidia", "nvapi-", "[A-Za-z0-9_-]{60,}"),
    row("pinecone", "pcsk_", "[A-Za-z0-9_]{50,}"),
    // No service's, but of a form of their own
    row("jwt", "eyJ", "[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_.-]{0,}"),
];
