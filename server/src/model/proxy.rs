//! Proxies: whether one is in force, and for which hosts none is ever used, however their names are spelled.
//!
//! A proxy sees what is sent, so nothing that is meant for this machine may go to one.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::time::Duration;

/// The variables that name proxies, as most programs read them; some read the capitals only, some the small letters.
const VARIABLES: [&str; 3] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// How long looking up a name may take.
const LOOKUP: Duration = Duration::from_secs(2);

/// Names of this machine that are no public names, whatever a name server says about them.
const LOCAL_NAMES: [&str; 8] = [
    "localhost",
    "localhost4",
    "localhost6",
    "localhost.localdomain",
    "localhost4.localdomain4",
    "localhost6.localdomain6",
    "ip6-localhost",
    "ip6-loopback",
];

/// Endings of names that only the network at hand knows.
const HOME_ENDINGS: [&str; 6] = [
    ".local",
    ".lan",
    ".home",
    ".home.arpa",
    ".internal",
    ".localdomain",
];

/// Whether the environment names a proxy.
pub(super) fn is_set() -> bool {
    let is_set = |it: &str| std::env::var_os(it).is_some_and(|it| !it.is_empty());
    VARIABLES
        .iter()
        .any(|it| is_set(it) || is_set(&it.to_ascii_lowercase()))
}

/// Whether an address is this machine's without looking at its network: loopback in every spelling, and the address that
/// stands for "here".
pub(super) fn is_loopback(ip: IpAddr) -> bool {
    let compatible = match ip {
        // `::127.0.0.1`, long out of use.
        IpAddr::V6(it) if it.segments()[..6] == [0; 6] => {
            let [.., a, b, c, d] = it.octets();
            Some(Ipv4Addr::new(a, b, c, d))
        }
        _ => None,
    };
    let ip = ip.to_canonical();
    ip.is_loopback() || ip.is_unspecified() || compatible.is_some_and(|it| it.is_loopback())
}

/// Whether a name, in small letters, is this machine's by itself.
pub(super) fn is_local_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    LOCAL_NAMES.contains(&name) || name.ends_with(".localhost")
}

/// Whether an address is one of this machine's own. A socket can be bound to no other.
pub(super) fn is_own(ip: IpAddr) -> bool {
    is_loopback(ip) || UdpSocket::bind((ip, 0)).is_ok()
}

/// Whether a name leads to this machine and nowhere else. Only names that the network at hand knows are looked up, and
/// this machine's own: others are the proxy's to look up.
pub(super) async fn leads_here(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let label = |it: &str| it.split('.').next().unwrap_or_default().to_lowercase();
    let is_home = !name.contains('.')
        || HOME_ENDINGS.iter().any(|it| name.ends_with(it))
        || own_name().is_some_and(|it| label(&it) == label(name));
    if !is_home {
        return false;
    }
    let found = tokio::time::timeout(LOOKUP, tokio::net::lookup_host((name, 0))).await;
    let Ok(Ok(found)) = found else {
        return false;
    };
    let mut found = found.map(|it| it.ip()).peekable();
    found.peek().is_some() && found.all(is_own)
}

/// What this machine is called, where that can be told.
fn own_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| std::env::var("COMPUTERNAME").ok())
        .or_else(|| std::env::var("HOSTNAME").ok())?;
    let name = name.trim().to_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_s_own_addresses_are_told_from_others() {
        for own in [
            "127.0.0.1",
            "127.8.8.8",
            "::1",
            "0.0.0.0",
            "::",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
        ] {
            assert!(is_own(own.parse().unwrap()), "{own}");
        }
        // Set aside for documentation: no machine has them.
        for other in [
            "192.0.2.1",
            "198.51.100.7",
            "::ffff:192.0.2.1",
            "2001:db8::1",
        ] {
            assert!(!is_own(other.parse().unwrap()), "{other}");
        }
    }

    #[tokio::test]
    async fn this_machine_s_name_leads_here_and_no_public_name_does() {
        assert!(!leads_here("localhost.example.com").await);
        assert!(!leads_here("hob-no-such-machine.local").await);
        // Not every machine can look its own name up.
        if let Some(name) = own_name()
            && let Ok(found) = tokio::net::lookup_host((name.as_str(), 0)).await
        {
            let found: Vec<_> = found.collect();
            let own = found.iter().all(|it| is_own(it.ip()));
            assert_eq!(leads_here(&name).await, own, "{name} {found:?}");
        }
    }
}
