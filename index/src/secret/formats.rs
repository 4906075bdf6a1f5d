//! Credentials that show by their own form what they are: the formats that their vendors document.
//!
//! The formats are facts that the vendors' documentation and the public rule sets of secret scanners agree on.

use std::ops::Range;
use std::sync::LazyLock;

/// The characters that may follow a prefix.
#[derive(Clone, Copy)]
enum Of {
    /// Letters and digits.
    Alnum,
    /// Letters, digits, `_` and `-`.
    Url,
    /// [`Of::Url`] with `.`.
    Dotted,
    /// Letters, digits, `+`, `/`, `=`, `_`, `-` and `.`.
    Base64,
    /// Lower-case hexadecimal digits.
    Hex,
    /// Capitals and digits.
    Upper,
}

impl Of {
    fn has(self, it: u8) -> bool {
        match self {
            Of::Alnum => it.is_ascii_alphanumeric(),
            Of::Url => it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-'),
            Of::Dotted => it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.'),
            Of::Base64 => {
                it.is_ascii_alphanumeric() || matches!(it, b'+' | b'/' | b'=' | b'_' | b'-' | b'.')
            }
            Of::Hex => it.is_ascii_digit() || matches!(it, b'a'..=b'f'),
            Of::Upper => it.is_ascii_uppercase() || it.is_ascii_digit(),
        }
    }
}

/// Prefix, what follows it, and how many characters of that there are at least.
type Format = (&'static str, Of, usize);

const FORMATS: &[Format] = &[
    // Clouds.
    ("AKIA", Of::Upper, 16),
    ("ASIA", Of::Upper, 16),
    ("ABIA", Of::Upper, 16),
    ("ACCA", Of::Upper, 16),
    ("AIza", Of::Url, 30),
    ("GOCSPX-", Of::Url, 20),
    ("ya29.", Of::Url, 20),
    ("LTAI", Of::Alnum, 16),
    ("AKID", Of::Alnum, 20),
    ("dop_v1_", Of::Hex, 32),
    ("doo_v1_", Of::Hex, 32),
    ("dor_v1_", Of::Hex, 32),
    ("HRKU-", Of::Url, 30),
    ("fo1_", Of::Url, 30),
    ("FlyV1", Of::Base64, 30),
    ("nfp_", Of::Alnum, 30),
    ("v1.0-", Of::Url, 60),
    ("pscale_tkn_", Of::Dotted, 20),
    ("pscale_pw_", Of::Dotted, 20),
    ("pscale_oauth_", Of::Dotted, 20),
    ("sbp_", Of::Hex, 30),
    ("sb_secret_", Of::Url, 20),
    ("ocid1.credential.", Of::Dotted, 20),
    ("tk-us-", Of::Url, 30),
    ("y0_", Of::Url, 40),
    ("AQVN", Of::Url, 30),
    ("t1.9eu", Of::Dotted, 60),
    // Code hosts and registries.
    ("ghp_", Of::Alnum, 30),
    ("gho_", Of::Alnum, 30),
    ("ghu_", Of::Alnum, 30),
    ("ghs_", Of::Alnum, 30),
    ("ghr_", Of::Alnum, 30),
    ("github_pat_", Of::Url, 30),
    ("glpat-", Of::Dotted, 18),
    ("gldt-", Of::Url, 18),
    ("glrt-", Of::Url, 18),
    ("glptt-", Of::Url, 18),
    ("glcbt-", Of::Url, 18),
    ("glft-", Of::Url, 18),
    ("glsoat-", Of::Url, 18),
    ("glimt-", Of::Url, 18),
    ("glagent-", Of::Url, 18),
    ("gloas-", Of::Url, 18),
    ("GR1348941", Of::Url, 18),
    ("ATBB", Of::Alnum, 24),
    ("ATATT3", Of::Base64, 40),
    ("ATCTT3", Of::Base64, 40),
    ("npm_", Of::Alnum, 30),
    ("pypi-", Of::Url, 40),
    ("rubygems_", Of::Hex, 32),
    ("cio", Of::Alnum, 32),
    ("CLOJARS_", Of::Alnum, 40),
    ("dckr_pat_", Of::Url, 20),
    ("dckr_oat_", Of::Url, 20),
    ("oy2", Of::Alnum, 43),
    ("AKCp", Of::Alnum, 50),
    ("cmVmd", Of::Alnum, 50),
    ("CCIPAT_", Of::Url, 20),
    ("CCIPRJ_", Of::Url, 20),
    ("bkua_", Of::Alnum, 30),
    ("sha256~", Of::Url, 40),
    ("API-", Of::Upper, 25),
    // Talking and mailing.
    ("xoxa-", Of::Url, 15),
    ("xoxb-", Of::Url, 15),
    ("xoxc-", Of::Url, 15),
    ("xoxd-", Of::Base64, 15),
    ("xoxe-", Of::Url, 15),
    ("xoxe.xox", Of::Url, 15),
    ("xoxo-", Of::Url, 15),
    ("xoxp-", Of::Url, 15),
    ("xoxr-", Of::Url, 15),
    ("xoxs-", Of::Url, 15),
    ("xapp-", Of::Url, 15),
    ("SG.", Of::Dotted, 40),
    ("xkeysib-", Of::Url, 40),
    ("xsmtpsib-", Of::Url, 40),
    ("re_", Of::Url, 24),
    ("md-", Of::Url, 22),
    ("key-", Of::Hex, 32),
    // Money.
    ("sk_live_", Of::Alnum, 16),
    ("sk_test_", Of::Alnum, 16),
    ("access_token$production$", Of::Base64, 10),
    ("access_token$sandbox$", Of::Base64, 10),
    ("rk_live_", Of::Alnum, 16),
    ("rk_test_", Of::Alnum, 16),
    ("whsec_", Of::Base64, 20),
    ("sq0atp-", Of::Url, 20),
    ("sq0csp-", Of::Url, 30),
    ("EAAAE", Of::Url, 50),
    ("EZAK", Of::Alnum, 50),
    ("EZTK", Of::Alnum, 50),
    ("FLWSECK", Of::Url, 16),
    ("shippo_live_", Of::Hex, 30),
    ("rzp_live_", Of::Alnum, 14),
    ("APP_USR-", Of::Url, 30),
    ("live_", Of::Alnum, 30),
    ("shpat_", Of::Alnum, 30),
    ("shpca_", Of::Alnum, 30),
    ("shppa_", Of::Alnum, 30),
    ("shpss_", Of::Alnum, 30),
    // Models.
    ("sk-", Of::Url, 17),
    ("hf_", Of::Alnum, 30),
    ("api_org_", Of::Alnum, 30),
    ("r8_", Of::Alnum, 30),
    ("gsk_", Of::Alnum, 30),
    ("xai-", Of::Alnum, 40),
    ("pplx-", Of::Alnum, 30),
    ("pcsk_", Of::Url, 30),
    ("nvapi-", Of::Url, 40),
    ("lsv2_pt_", Of::Url, 30),
    ("lsv2_sk_", Of::Url, 30),
    ("wandb_v1_", Of::Url, 30),
    ("tgp_v1_", Of::Url, 30),
    ("fw_", Of::Alnum, 22),
    ("csk-", Of::Alnum, 30),
    // Tools.
    ("hvs.", Of::Url, 24),
    ("hvb.", Of::Url, 24),
    ("hvr.", Of::Url, 24),
    ("atlasv1.", Of::Url, 40),
    ("dapi", Of::Hex, 32),
    ("lin_api_", Of::Alnum, 30),
    ("lin_oauth_", Of::Alnum, 30),
    ("secret_", Of::Alnum, 40),
    ("ntn_", Of::Alnum, 40),
    ("figd_", Of::Url, 30),
    ("figu_", Of::Url, 30),
    ("pat", Of::Dotted, 60),
    ("pat-eu1-", Of::Url, 30),
    ("pat-na1-", Of::Url, 30),
    ("sk_", Of::Alnum, 24),
    ("os_v2_app_", Of::Alnum, 40),
    ("fm2_", Of::Base64, 30),
    ("fm1a_", Of::Base64, 30),
    ("PMAK-", Of::Url, 40),
    ("dp.pt.", Of::Alnum, 40),
    ("dp.st.", Of::Dotted, 40),
    ("dp.sa.", Of::Alnum, 40),
    ("dp.ct.", Of::Alnum, 40),
    ("sntrys_", Of::Base64, 40),
    ("sntryu_", Of::Hex, 40),
    ("NRAK-", Of::Upper, 20),
    ("NRJS-", Of::Hex, 16),
    ("NRII-", Of::Url, 20),
    ("glc_", Of::Base64, 32),
    ("glsa_", Of::Url, 32),
    ("pnu_", Of::Alnum, 30),
    ("pul-", Of::Hex, 40),
    ("rdme_", Of::Alnum, 40),
    ("squ_", Of::Hex, 40),
    ("sqp_", Of::Hex, 40),
    ("sqa_", Of::Hex, 40),
    ("tfp_", Of::Url, 40),
    ("CFPAT-", Of::Url, 40),
    ("phx_", Of::Url, 40),
    ("dt0c01.", Of::Dotted, 60),
    ("dt0s16.", Of::Dotted, 60),
    ("ico-", Of::Alnum, 32),
    ("duffel_live_", Of::Url, 40),
    ("duffel_test_", Of::Url, 40),
    ("dnkey-", Of::Url, 50),
    ("p8e-", Of::Alnum, 32),
    ("fio-u-", Of::Url, 40),
    ("ops_eyJ", Of::Base64, 40),
    ("tskey-", Of::Url, 20),
    ("sl.", Of::Url, 100),
    ("ghost_", Of::Hex, 40),
    ("AGE-SECRET-KEY-1", Of::Upper, 50),
    ("sdk-", Of::Hex, 30),
    ("mob-", Of::Hex, 30),
    ("uptimerobot-", Of::Url, 30),
    ("EAA", Of::Alnum, 80),
    ("ATSK", Of::Alnum, 40),
    ("jira_", Of::Url, 40),
    ("cal_live_", Of::Hex, 30),
    ("sk.eyJ", Of::Dotted, 40),
    ("eyJ", Of::Base64, 57),
    ("apify_api_", Of::Alnum, 30),
    ("tvly-", Of::Url, 20),
    ("vercel_", Of::Alnum, 20),
    ("vcp_", Of::Alnum, 20),
    ("railway_", Of::Url, 20),
    ("rnd_", Of::Alnum, 24),
    ("nrk-", Of::Alnum, 30),
    ("SRA", Of::Upper, 50),
];

/// Addresses whose path is the credential: host part, and the least length of the path behind it.
const ADDRESSES: &[(&str, usize)] = &[
    ("hooks.slack.com/services/", 20),
    ("hooks.slack.com/workflows/", 20),
    ("hooks.slack.com/triggers/", 20),
    ("discord.com/api/webhooks/", 20),
    ("discordapp.com/api/webhooks/", 20),
    ("webhook.office.com/webhookb2/", 20),
    ("outlook.office.com/webhook/", 20),
    ("IncomingWebhook/", 20),
    ("hooks.zapier.com/hooks/catch/", 8),
    ("hook.eu1.make.com/", 16),
    ("hook.us1.make.com/", 16),
    ("hook.integromat.com/", 16),
    ("maker.ifttt.com/trigger/", 16),
    ("api.telegram.org/bot", 20),
    ("chat.googleapis.com/v1/spaces/", 20),
    ("hooks.hipchat.com/", 16),
    ("open.feishu.cn/open-apis/bot/v2/hook/", 16),
    ("oapi.dingtalk.com/robot/send?access_token=", 16),
    ("qyapi.weixin.qq.com/cgi-bin/webhook/send?key=", 16),
    ("events.pagerduty.com/integration/", 16),
    ("logic.azure.com", 60),
    ("api.opsgenie.com/v1/json/", 16),
    ("alert.victorops.com/integrations/generic/", 16),
    ("hc-ping.com/", 16),
    ("infura.io/v3/", 20),
    ("infura.io/ws/v3/", 20),
    ("g.alchemy.com/v2/", 20),
    ("quiknode.pro/", 20),
    ("ntfy.sh/", 24),
];

/// [`FORMATS`], by the first byte of the prefix.
static BY_FIRST: LazyLock<[Vec<Format>; 128]> = LazyLock::new(|| {
    let mut table = [const { Vec::new() }; 128];
    for it in FORMATS {
        table[usize::from(it.0.as_bytes()[0] & 127)].push(*it);
    }
    table
});

/// How the lines begin that [`find`] is to look at: all prefixes of formats, and what addresses have in common.
pub(super) fn triggers() -> impl Iterator<Item = &'static str> {
    FORMATS
        .iter()
        .map(|it| it.0)
        .chain(ADDRESSES.iter().map(|it| it.0))
        .chain([
            "$apr1$", "$2a$", "$2b$", "$2y$", "$1$", "$5$", "$6$", "$y$", "$argon2",
        ])
}

/// The credentials in a line that show by their form.
pub(super) fn find(line: &str, found: &mut Vec<Range<usize>>) {
    words(line, found);
    for (address, least) in ADDRESSES {
        let mut from = 0;
        while let Some(at) = line[from..].find(address) {
            let start = from + at + address.len();
            let end = start + len_of(&line.as_bytes()[start..], is_of_address);
            if end - start >= *least {
                found.push(start..end);
            }
            from = end.max(start);
        }
    }
    hashes(line, found);
}

fn words(line: &str, found: &mut Vec<Range<usize>>) {
    let bytes = line.as_bytes();
    let mut at = 0;
    let mut after_word = false;
    while at < bytes.len() {
        let first = bytes[at];
        // A format begins where a word does, not within one.
        if !after_word && first.is_ascii_alphanumeric() {
            for (prefix, of, least) in &BY_FIRST[usize::from(first & 127)] {
                if !bytes[at..].starts_with(prefix.as_bytes()) {
                    continue;
                }
                let start = at + prefix.len();
                let len = len_of(&bytes[start..], |it| of.has(it));
                let rest = &bytes[start..start + len];
                if len >= *least && is_drawn(prefix, rest) {
                    found.push(at..start + len);
                    at = start + len - 1;
                    break;
                }
            }
            dotted(line, at, found);
        }
        let last = bytes[at.min(bytes.len() - 1)];
        after_word = last.is_ascii_alphanumeric() || last == b'_';
        at += 1;
    }
}

/// Bots' tokens, which no prefix marks: Telegram's `DIGITS:AA…` and Discord's three parts.
fn dotted(line: &str, at: usize, found: &mut Vec<Range<usize>>) {
    let bytes = &line.as_bytes()[at..];
    let digits = len_of(bytes, |it| it.is_ascii_digit());
    if (8..=11).contains(&digits) && bytes[digits..].starts_with(b":AA") {
        let start = digits + 1;
        let len = len_of(&bytes[start..], |it| Of::Url.has(it));
        if (32..=40).contains(&len) {
            found.push(at..at + start + len);
        }
        return;
    }
    // Sidekiq's two halves.
    let hex = len_of(bytes, |it| Of::Hex.has(it));
    if hex == 8
        && bytes.get(8) == Some(&b':')
        && len_of(&bytes[9..], |it| Of::Hex.has(it)) == 8
        && !bytes.get(17).is_some_and(u8::is_ascii_alphanumeric)
    {
        found.push(at..at + 17);
    }
    // The number and the token of a Discord webhook without its host.
    if (17..=20).contains(&digits) && bytes.get(digits) == Some(&b'/') {
        let len = len_of(&bytes[digits + 1..], |it| Of::Url.has(it));
        if len >= 60 {
            found.push(at + digits + 1..at + digits + 1 + len);
        }
    }
    if matches!(bytes[0], b'M' | b'N' | b'O') {
        let len = len_of(bytes, |it| Of::Dotted.has(it));
        let parts: Vec<usize> = bytes[..len]
            .split(|it| *it == b'.')
            .map(<[u8]>::len)
            .collect();
        if let [first, second, third] = parts[..]
            && (22..=30).contains(&first)
            && second == 6
            && (26..=40).contains(&third)
        {
            found.push(at..at + len);
        }
    }
}

/// Hashes of passwords as `crypt` writes them.
fn hashes(line: &str, found: &mut Vec<Range<usize>>) {
    for mark in [
        "$apr1$", "$2a$", "$2b$", "$2y$", "$1$", "$5$", "$6$", "$y$", "$argon2",
    ] {
        let mut from = 0;
        while let Some(at) = line[from..].find(mark) {
            let start = from + at;
            let end = start
                + len_of(&line.as_bytes()[start..], |it| {
                    it.is_ascii_alphanumeric() || b"$./+=,-_".contains(&it)
                });
            if end - start >= 26 {
                found.push(start..end);
            }
            from = end.max(start + 1);
        }
    }
}

fn is_of_address(it: u8) -> bool {
    it.is_ascii_alphanumeric() || b"/_-.?=&%~+:@".contains(&it)
}

fn len_of(bytes: &[u8], has: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|it| has(**it)).count()
}

/// Whether what follows a prefix was drawn by a machine: short prefixes also begin ordinary names (`sk-toolbar-item`).
fn is_drawn(prefix: &str, rest: &[u8]) -> bool {
    let digits = rest.iter().filter(|it| it.is_ascii_digit()).count();
    if digits == 0 {
        // Long and in both cases: no name of a person's making.
        let upper = rest.iter().filter(|it| it.is_ascii_uppercase()).count();
        let lower = rest.iter().filter(|it| it.is_ascii_lowercase()).count();
        return rest.len() >= 20 && upper >= 4 && lower >= 4
            || prefix.len() >= 3 && rest.len() >= 40 && rest.iter().all(u8::is_ascii_alphanumeric);
    }
    if prefix.len() >= 4 && !prefix.ends_with('-') {
        return true;
    }
    super::value::is_random_bytes(rest)
}
