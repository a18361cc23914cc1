//! Free ports of the loopback.

use std::net::TcpListener;

use anyhow::{Context, Result};

/// Finds `N` different ports. All are held until the last is found; then the store takes them.
pub(super) fn free<const N: usize>() -> Result<[u16; N]> {
    let bind = || TcpListener::bind(("127.0.0.1", 0)).context("no free port on 127.0.0.1");
    let listeners = (0..N).map(|_| bind()).collect::<Result<Vec<_>>>()?;
    let mut ports = [0; N];
    for (port, listener) in ports.iter_mut().zip(&listeners) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_port_comes_twice() {
        let mut ports = free::<5>().unwrap().to_vec();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 5);
    }
}
