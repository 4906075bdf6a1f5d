//! Whose a listening socket is: the one thing about a server on this machine that the server can't make up.
//!
//! Linux tells it in `/proc/net/tcp` and `/proc/net/tcp6`. macOS and Windows tell it only by way of the process, through
//! calls that need unsafe code or other programs: there the answer is that it can't be told, and the user is asked.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

/// Whose a listening socket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    /// The user's whom Hob runs as, or root's.
    Ours,
    /// Another user's: the number.
    User(u32),
    /// The system doesn't tell.
    Unknown,
}

impl fmt::Display for Owner {
    /// The end of a sentence that begins with the server.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Owner::Ours => f.write_str("is yours"),
            Owner::User(uid) => match system::name_of(*uid) {
                Some(name) => write!(f, "belongs to another user, {name} (uid {uid})"),
                None => write!(f, "belongs to another user (uid {uid})"),
            },
            Owner::Unknown => f.write_str("may be anybody's (the system doesn't tell whose)"),
        }
    }
}

/// Whose the sockets are that take connections to this address of this machine: all of them have to be ours. Takes some
/// 0.1 ms, and more on a machine with thousands of connections.
pub(super) fn of(address: SocketAddr) -> Owner {
    system::of(address)
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::{Owner, SocketAddr};

    pub(super) fn of(_: SocketAddr) -> Owner {
        Owner::Unknown
    }

    pub(super) fn name_of(_: u32) -> Option<String> {
        None
    }
}

#[cfg(target_os = "linux")]
mod system {
    use super::{Owner, SocketAddr, judge, listens};
    use std::io::{BufRead, BufReader, ErrorKind};

    pub(super) fn of(address: SocketAddr) -> Owner {
        read(address).unwrap_or(Owner::Unknown)
    }

    /// `None`: something can't be read, or not understood.
    fn read(address: SocketAddr) -> Option<Owner> {
        let mut uids = Vec::new();
        // These are the tables of the network namespace that this process is in, and so connects in.
        for name in ["/proc/net/tcp", "/proc/net/tcp6"] {
            let file = match std::fs::File::open(name) {
                Ok(it) => it,
                // A machine without IPv6.
                Err(error) if error.kind() == ErrorKind::NotFound && name.ends_with('6') => {
                    continue;
                }
                Err(_) => return None,
            };
            for row in BufReader::new(file).lines().skip(1) {
                uids.extend(listens(&row.ok()?, address)?);
            }
        }
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let own = super::effective(&status)?;
        // The number that stands for every user whom this user namespace doesn't know.
        let overflow = std::fs::read_to_string("/proc/sys/kernel/overflowuid");
        let overflow = overflow.map_or(Some(65_534), |it| it.trim().parse().ok())?;
        Some(judge(&uids, own, overflow))
    }

    pub(super) fn name_of(uid: u32) -> Option<String> {
        let users = std::fs::read_to_string("/etc/passwd").ok()?;
        let mut found = users.lines().filter_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)?.parse() == Ok(uid)).then_some(name)
        });
        let plain = |it: &char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.' | '$');
        let name: String = found.next()?.chars().filter(plain).take(32).collect();
        (!name.is_empty()).then_some(name)
    }
}

/// Whom a row's socket belongs to, if it listens for connections to this address; else nobody. `None`: the row can't be
/// understood.
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "Linux's table"))]
fn listens(row: &str, address: SocketAddr) -> Option<Option<u32>> {
    /// The kernel's number for a listening socket.
    const LISTENING: &str = "0A";
    let fields: Vec<&str> = row.split_ascii_whitespace().collect();
    if *fields.get(3)? != LISTENING {
        return Some(None);
    }
    let (ip, port) = fields[1].split_once(':')?;
    if u16::from_str_radix(port, 16).ok()? != address.port() || !accepts(read_ip(ip)?, address.ip())
    {
        return Some(None);
    }
    Some(Some(fields.get(7)?.parse().ok()?))
}

/// Whether a socket bound to `bound` takes connections to `target`.
fn accepts(bound: IpAddr, target: IpAddr) -> bool {
    let (bound, target) = (bound.to_canonical(), target.to_canonical());
    match (bound, target) {
        // One for IPv6 mostly takes connections by IPv4 as well; the table doesn't say.
        (IpAddr::V6(bound), IpAddr::V4(_)) => bound.is_unspecified(),
        (IpAddr::V4(_), IpAddr::V6(_)) => false,
        (bound, target) => bound.is_unspecified() || bound == target,
    }
}

/// An address as the kernel prints it: words of 32 bits in the machine's own order.
fn read_ip(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        Some(
            u32::from_str_radix(hex.get(at..at + 8)?, 16)
                .ok()?
                .to_ne_bytes(),
        )
    };
    match hex.len() {
        8 => Some(IpAddr::from(word(0)?)),
        32 => {
            let mut bytes = [0; 16];
            for (at, part) in bytes.chunks_exact_mut(4).enumerate() {
                part.copy_from_slice(&word(at * 8)?);
            }
            Some(IpAddr::from(bytes))
        }
        _ => None,
    }
}

/// Whose these sockets are together, seen by the user `own`.
fn judge(uids: &[u32], own: u32, overflow: u32) -> Owner {
    // Nothing listens where something answers: the connection goes through a forwarder that doesn't show.
    if uids.is_empty() || (own == overflow && uids.contains(&overflow)) {
        return Owner::Unknown;
    }
    match uids.iter().find(|it| **it != own && **it != 0) {
        Some(other) => Owner::User(*other),
        None => Owner::Ours,
    }
}

/// The effective user of `/proc/self/status`.
fn effective(status: &str) -> Option<u32> {
    let line = status.lines().find_map(|it| it.strip_prefix("Uid:"))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows as Linux prints them, with addresses in this machine's byte order.
    fn row(bound: &str, state: &str, uid: u32) -> String {
        let bound: SocketAddr = bound.parse().unwrap();
        let hex = |it: &[u8]| {
            let words = it.chunks_exact(4);
            let words =
                words.map(|it| format!("{:08X}", u32::from_ne_bytes(it.try_into().unwrap())));
            words.collect::<String>()
        };
        let ip = match bound.ip() {
            IpAddr::V4(it) => hex(&it.octets()),
            IpAddr::V6(it) => hex(&it.octets()),
        };
        format!(
            "   0: {ip}:{:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 {uid:>5}        0 12345 1 0000000000000000 100 0 0 10 0",
            bound.port()
        )
    }

    #[track_caller]
    fn owners(rows: &[(&str, u32)], target: &str, expected: Owner) {
        let target = target.parse().unwrap();
        let rows = rows.iter().map(|(bound, uid)| row(bound, "0A", *uid));
        let uids: Vec<u32> = rows
            .filter_map(|it| listens(&it, target).unwrap())
            .collect();
        assert_eq!(judge(&uids, 1000, 65_534), expected, "{target} {uids:?}");
    }

    #[test]
    fn a_captured_table_is_read() {
        let rows = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000   998        0 24593 1 0000000000000000 100 0 0 10 0\n   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 24594 1 0000000000000000 20 4 30 10 -1";
        let target = "127.0.0.1:8080".parse().unwrap();
        let found: Vec<_> = rows.lines().map(|it| listens(it, target)).collect();
        // This is how machines print it that put the lowest byte first; others print `7F000001`.
        let expected = cfg!(target_endian = "little").then_some(998);
        assert_eq!(found, [Some(expected), Some(None)]);
        let row6 = "   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 34567 1 0000000000000000 100 0 0 10 0";
        assert_eq!(listens(row6, target), Some(Some(1000)));
    }

    #[test]
    fn a_listener_is_found_by_every_address_that_it_takes_connections_at() {
        let local = "127.0.0.1:8080";
        for bound in [
            "127.0.0.1:8080",
            "0.0.0.0:8080",
            "[::]:8080",
            "[::ffff:127.0.0.1]:8080",
            "[::ffff:0.0.0.0]:8080",
        ] {
            owners(&[(bound, 1000)], local, Owner::Ours);
            owners(&[(bound, 0)], local, Owner::Ours);
            owners(&[(bound, 998)], local, Owner::User(998));
        }
        for bound in [
            "127.0.0.1:8081",
            "127.0.0.2:8080",
            "[::1]:8080",
            "192.0.2.1:8080",
        ] {
            owners(&[(bound, 1000)], local, Owner::Unknown);
        }
        owners(&[("[::1]:8080", 998)], "[::1]:8080", Owner::User(998));
        owners(&[("[::]:8080", 998)], "[::1]:8080", Owner::User(998));
        owners(&[("127.0.0.1:8080", 998)], "[::1]:8080", Owner::Unknown);
    }

    #[test]
    fn of_several_listeners_on_a_port_each_has_to_be_ours() {
        let local = "127.0.0.1:8080";
        owners(
            &[("127.0.0.1:8080", 1000), ("0.0.0.0:8080", 998)],
            local,
            Owner::User(998),
        );
        owners(
            &[("127.0.0.1:8080", 1000), ("[::]:8080", 998)],
            local,
            Owner::User(998),
        );
        owners(
            &[("127.0.0.1:8080", 1000), ("127.0.0.1:8080", 0)],
            local,
            Owner::Ours,
        );
    }

    #[test]
    fn root_takes_only_root_s_and_a_user_without_a_number_takes_none() {
        assert_eq!(judge(&[0], 0, 65_534), Owner::Ours);
        assert_eq!(judge(&[1000], 0, 65_534), Owner::User(1000));
        assert_eq!(judge(&[65_534], 1000, 65_534), Owner::User(65_534));
        assert_eq!(judge(&[65_534], 65_534, 65_534), Owner::Unknown);
        assert_eq!(judge(&[], 0, 65_534), Owner::Unknown);
    }

    #[test]
    fn what_can_t_be_understood_is_nobody_s() {
        let target = "127.0.0.1:8080".parse().unwrap();
        for row in [
            "",
            "0: 0100007F:1F90 0 ",
            "0: 0100007F 00000000:0000 0A 0 0 0 0",
            "0: xx:1F90 00000000:0000 0A 0 0 0 1000",
            "0: 00000000:1F90 00000000:0000 0A 0:0 00:0 0 ten",
        ] {
            assert_eq!(listens(row, target), None, "{row}");
        }
        assert_eq!(
            effective("Name:\thob\nUid:\t1000\t1001\t1000\t1000\n"),
            Some(1001)
        );
        assert_eq!(effective("Name:\thob\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_socket_of_this_process_is_ours() {
        for bound in ["127.0.0.1:0", "0.0.0.0:0"] {
            let listener = std::net::TcpListener::bind(bound).unwrap();
            let port = listener.local_addr().unwrap().port();
            let address = SocketAddr::from(([127, 0, 0, 1], port));
            assert_eq!(of(address), Owner::Ours);
            drop(listener);
            assert_eq!(of(address), Owner::Unknown);
        }
    }
}
