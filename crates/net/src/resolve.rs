//! The resolver that the connector asks at dial time: only public addresses come out of it.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::{Forbidden, forbidden};

/// Resolves by the system and drops what must not be dialled.
#[derive(Debug)]
pub(crate) struct PublicOnly {
    pub(crate) allow_private_hosts: bool,
    /// Lower-case host names that may resolve to anything.
    pub(crate) trusted_hosts: Arc<[String]>,
}

/// Every address of the name was refused. Found again in the error chain by the client.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("only non-public addresses")]
pub(crate) struct NoPublicAddress(pub(crate) Forbidden);

/// The name has no address.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("no address")]
pub(crate) struct NoAddress;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let anything =
            self.allow_private_hosts || self.trusted_hosts.iter().any(|h| h == name.as_str());
        Box::pin(async move {
            // Port 0 is replaced by the connector with the one of the URL.
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0))
                .await
                .map_err(|_| NoAddress)?
                .collect();
            if anything {
                return Ok(Box::new(found.into_iter()) as Addrs);
            }
            let first_reason = found.iter().find_map(|a| forbidden(a.ip()));
            let public: Vec<_> = found
                .into_iter()
                .filter(|a| forbidden(a.ip()).is_none())
                .collect();
            match (public.is_empty(), first_reason) {
                (false, _) => Ok(Box::new(public.into_iter()) as Addrs),
                (true, Some(reason)) => Err(NoPublicAddress(reason).into()),
                (true, None) => Err(NoAddress.into()),
            }
        })
    }
}
