//! What a workspace has had made.

use jiff::tz::TimeZone;
use likeness_domain::account::Usage;
use likeness_domain::time::UnixMillis;

use crate::{App, Caller, Error};

/// The caller's usage in the present calendar month (UTC), and when that began.
pub async fn this_month(app: &App, caller: &Caller) -> Result<(UnixMillis, Usage), Error> {
    let since = month_start(app.now()).map_err(|error| Error::Internal(error.into()))?;
    let usage = app.store().usage(&caller.workspace_id, since).await?;
    Ok((since, usage))
}

fn month_start(now: UnixMillis) -> Result<UnixMillis, jiff::Error> {
    let now = jiff::Timestamp::from_millisecond(now.0)?.to_zoned(TimeZone::UTC);
    let first = now.first_of_month()?.start_of_day()?;
    Ok(UnixMillis(first.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_begin_on_their_first_day() {
        let leap = UnixMillis(1_709_251_199_999); // 2024-02-29T23:59:59.999Z
        assert_eq!(month_start(leap).unwrap(), UnixMillis(1_706_745_600_000));
        let next = leap.plus_millis(1);
        assert_eq!(month_start(next).unwrap(), next);
    }
}
