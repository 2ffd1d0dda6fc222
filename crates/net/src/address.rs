//! Which addresses are on the public internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forbidden {
    /// `0.0.0.0/8`, `::`.
    Unspecified,
    /// `127.0.0.0/8`, `::1`.
    Loopback,
    /// RFC 1918, RFC 4193 (`fc00::/7`) and the old site-local `fec0::/10`.
    Private,
    /// `169.254.0.0/16`, `fe80::/10`; cloud metadata lives here.
    LinkLocal,
    /// `100.64.0.0/10` (RFC 6598), between a provider and its customers.
    CarrierNat,
    /// `224.0.0.0/4`, `ff00::/8`.
    Multicast,
    /// Blocks for documentation and benchmarks, never routed.
    Documentation,
    /// Everything else that IANA lists as not globally reachable.
    Reserved,
}

impl Forbidden {
    /// A word for messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "an unspecified",
            Self::Loopback => "a loopback",
            Self::Private => "a private",
            Self::LinkLocal => "a link-local",
            Self::CarrierNat => "a carrier-grade NAT",
            Self::Multicast => "a multicast",
            Self::Documentation => "a documentation",
            Self::Reserved => "a reserved",
        }
    }
}

/// Whether an address may be dialled for a user.
pub fn is_public(address: IpAddr) -> bool {
    forbidden(address).is_none()
}

/// The reason not to dial `address`, if there is one.
pub(crate) fn forbidden(address: IpAddr) -> Option<Forbidden> {
    match address {
        IpAddr::V4(v4) => forbidden_v4(v4),
        IpAddr::V6(v6) => forbidden_v6(v6),
    }
}

/// The IANA special-purpose registry for IPv4 (RFC 6890 and its updates).
fn forbidden_v4(address: Ipv4Addr) -> Option<Forbidden> {
    let [a, b, c, _] = address.octets();
    Some(match (a, b, c) {
        (0, _, _) => Forbidden::Unspecified,
        (127, _, _) => Forbidden::Loopback,
        (10, _, _) | (172, 16..=31, _) | (192, 168, _) => Forbidden::Private,
        (169, 254, _) => Forbidden::LinkLocal,
        (100, 64..=127, _) => Forbidden::CarrierNat,
        (224..=239, _, _) => Forbidden::Multicast,
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) | (198, 18 | 19, _) => {
            Forbidden::Documentation
        }
        // IETF protocol assignments, the old 6to4 relay anycast, class E and broadcast.
        (192, 0, 0) | (192, 88, 99) | (240..=255, _, _) => Forbidden::Reserved,
        _ => return None,
    })
}

/// IPv6: only `2000::/3` is given out; forms that carry an IPv4 address are judged by that address.
fn forbidden_v6(address: Ipv6Addr) -> Option<Forbidden> {
    if address.is_unspecified() {
        return Some(Forbidden::Unspecified);
    }
    if address.is_loopback() {
        return Some(Forbidden::Loopback);
    }
    if let Some(inner) = embedded_v4(address) {
        // A tunnel or translator to a public IPv4 address is a route that nobody needs and that hides the target.
        return Some(forbidden_v4(inner).unwrap_or(Forbidden::Reserved));
    }
    let s = address.segments();
    Some(match (s[0], s[1]) {
        (0xff00..=0xffff, _) => Forbidden::Multicast,
        (0xfe80..=0xfebf, _) => Forbidden::LinkLocal,
        (0xfc00..=0xfdff | 0xfec0..=0xfeff, _) => Forbidden::Private,
        (0x2001, 0x0db8 | 0x0002) | (0x3fff, 0..=0x0fff) => Forbidden::Documentation,
        // IETF protocol assignments: Teredo (checked above), ORCHID and the like.
        (0x2001, 0..=0x01ff) => Forbidden::Reserved,
        (0x2000..=0x3fff, _) => return None,
        _ => Forbidden::Reserved,
    })
}

/// The IPv4 address inside an IPv4-mapped or -compatible, 6to4, Teredo or NAT64 (RFC 6052, RFC 8215) address.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = address.segments();
    let join = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match s {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, _, _, _, _, high, low]
        | [0x2002, high, low, _, _, _, _, _] => Some(join(high, low)),
        // Teredo stores the client's address inverted.
        [0x2001, 0, _, _, _, _, high, low] => Some(join(!high, !low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> Option<Forbidden> {
        forbidden(text.parse().unwrap())
    }

    #[test]
    fn public_addresses_are_dialled() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "93.184.216.34",
            "172.15.255.255",
            "172.32.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "169.253.1.1",
            "192.167.1.1",
            "198.17.1.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450:4001::200e",
            "2001:4860:4860::8888",
            "2001:200::1",
        ] {
            assert_eq!(reason(text), None, "{text}");
        }
    }

    #[test]
    fn every_kind_of_inner_address_is_refused() {
        use Forbidden as F;
        for (text, why) in [
            ("0.0.0.0", F::Unspecified),
            ("0.1.2.3", F::Unspecified),
            ("::", F::Unspecified),
            ("127.0.0.1", F::Loopback),
            ("127.255.255.254", F::Loopback),
            ("::1", F::Loopback),
            ("10.0.0.1", F::Private),
            ("172.16.0.1", F::Private),
            ("172.31.255.255", F::Private),
            ("192.168.1.1", F::Private),
            ("fd00::1", F::Private),
            ("fc00::1", F::Private),
            ("fec0::1", F::Private),
            ("169.254.169.254", F::LinkLocal),
            ("fe80::1", F::LinkLocal),
            ("100.64.0.1", F::CarrierNat),
            ("100.127.255.255", F::CarrierNat),
            ("224.0.0.1", F::Multicast),
            ("ff02::1", F::Multicast),
            ("192.0.2.1", F::Documentation),
            ("198.51.100.7", F::Documentation),
            ("203.0.113.9", F::Documentation),
            ("198.18.0.1", F::Documentation),
            ("2001:db8::1", F::Documentation),
            ("3fff::1", F::Documentation),
            ("192.0.0.8", F::Reserved),
            ("240.0.0.1", F::Reserved),
            ("255.255.255.255", F::Reserved),
            ("100::1", F::Reserved),
            ("4000::1", F::Reserved),
            ("2001:10::1", F::Reserved),
        ] {
            assert_eq!(reason(text), Some(why), "{text}");
        }
    }

    #[test]
    fn an_inner_ipv4_address_cannot_hide_in_ipv6() {
        use Forbidden as F;
        for (text, why) in [
            ("::ffff:127.0.0.1", F::Loopback),
            ("::ffff:10.1.2.3", F::Private),
            ("::127.0.0.1", F::Loopback),
            ("::ffff:0:192.168.0.1", F::Private),
            ("64:ff9b::169.254.169.254", F::LinkLocal),
            ("64:ff9b:1::10.0.0.1", F::Private),
            ("2002:7f00:1::1", F::Loopback),
            ("2002:a9fe:a9fe::", F::LinkLocal),
            ("2001:0:0:0:0:0:80ff:fffe", F::Loopback),
            // Translators to public addresses are refused too.
            ("::ffff:8.8.8.8", F::Reserved),
            ("64:ff9b::8.8.8.8", F::Reserved),
        ] {
            assert_eq!(reason(text), Some(why), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_mapped_address_is_never_more_public_than_itself(bits: u32) {
            let v4 = Ipv4Addr::from(bits);
            proptest::prop_assert!(!is_public(IpAddr::V6(v4.to_ipv6_mapped())));
            if (bits >> 24) == 127 || (bits >> 24) == 10 {
                proptest::prop_assert!(!is_public(IpAddr::V4(v4)));
            }
        }
    }
}
