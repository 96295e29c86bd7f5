//! What each tool does: one call of the store, and a few lines about its answer.

use std::time::{Duration, Instant};

use actifix::capture::Alike;
use actifix::{
    Claim, Close, CloseReason, Error, Evidence, Filter, Lease, Release, Report, Status, TicketId,
    Token, parse_span,
};

use crate::arguments as args;
use crate::server::Server;
use crate::words::{self, Answer, Refusal};

/// Tickets that a lost claim names instead.
const OTHERS: usize = 3;
/// Events that `get` shows.
const EVENTS: usize = 10;

impl Server {
    pub async fn record(&self, given: args::Record) -> Answer {
        let mut report = Report::error(given.error_type, given.message);
        (report.source, report.stack_trace) = (given.source, given.stack_trace);
        (report.priority, report.project) = (given.priority, given.project);
        self.recorded(report).await
    }

    pub async fn add(&self, given: args::Add) -> Answer {
        let mut report = Report::task(given.title);
        (report.body, report.fingerprint) = (given.body, given.key);
        (report.priority, report.project) = (given.priority, given.project);
        self.recorded(report).await
    }

    async fn recorded(&self, report: Report) -> Answer {
        let answer = self.kept.store.record(report).await?;
        Ok(if answer.new {
            format!("{} is new, {}", answer.id, answer.priority)
        } else {
            format!(
                "{} is known: {} times now, {}, {}",
                answer.id, answer.occurrences, answer.status, answer.priority
            )
        })
    }

    pub async fn list(&self, given: args::List) -> Answer {
        let page = self
            .kept
            .store
            .list(Filter {
                statuses: given.status.into_iter().collect(),
                priorities: given.priority.into_iter().collect(),
                project: given.project,
                search: given.search,
                limit: given.limit.unwrap_or(10).clamp(1, 50),
                cursor: given.cursor,
                ..Filter::default()
            })
            .await?;
        let mut lines: Vec<String> = page.tickets.iter().map(words::line).collect();
        if lines.is_empty() {
            lines.push("no ticket is like that".to_owned());
        }
        lines.extend(page.next.map(|next| format!("more with cursor {next}")));
        Ok(lines.join("\n"))
    }

    pub async fn get(&self, given: args::Get) -> Answer {
        let story = self.kept.store.show(&given.id).await?;
        let ticket = &story.ticket;
        let mut text = format!(
            "{}\nproject {}, seen {} times, last {}\n{}\n",
            words::line(ticket),
            ticket.project,
            ticket.occurrences,
            ticket.last_seen,
            words::cut(&ticket.message)
        );
        for (name, value) in [
            (
                "where",
                Some(&ticket.source).filter(|source| !source.is_empty()),
            ),
            ("stack", ticket.stack_trace.as_ref()),
            ("text", ticket.body.as_ref()),
            ("last error", ticket.last_error.as_ref()),
        ] {
            if let Some(value) = value {
                text.push_str(&format!("{name}: {}\n", words::cut(value)));
            }
        }
        let skipped = story.events.len().saturating_sub(EVENTS);
        let events = story.events.iter().skip(skipped).map(words::event);
        text.push_str(&events.collect::<Vec<_>>().join("\n"));
        Ok(text)
    }

    pub async fn similar(&self, given: args::Similar) -> Answer {
        let asked = Alike {
            limit: given.limit.unwrap_or(5).clamp(1, 20),
            ..Alike::default()
        };
        let found = self.kept.store.similar(&given.id, asked).await?;
        let lines: Vec<String> = found.similar.iter().map(words::similar).collect();
        Ok(if lines.is_empty() {
            format!("no ticket looks like {}", given.id)
        } else {
            lines.join("\n")
        })
    }

    pub async fn claim(&self, given: args::Claim) -> Answer {
        let span = self.span(given.lease.as_deref())?;
        let holder = self.kept.store.actor().to_owned();
        let sent = Instant::now();
        let lease = if let Some(id) = &given.id {
            match self.kept.store.acquire(id, &holder, span).await {
                Ok(lease) => lease,
                Err(error) => return Err(self.lost_claim(&error).await),
            }
        } else {
            let mut claim = Claim::by(holder).lease(span).priorities(given.priority);
            if let Some(project) = given.project {
                claim = claim.project(project);
            }
            if let Some(kind) = given.kind {
                claim = claim.kind(kind);
            }
            match self.kept.store.claim(claim).await?.one() {
                Some(lease) => lease,
                None => return Ok("nothing to claim".to_owned()),
            }
        };
        self.kept.add(&lease, span, sent);
        Ok(self.told(&lease).await)
    }

    /// The brief of a lease. It is held, also when the rest cannot be read now.
    async fn told(&self, lease: &Lease) -> String {
        let path = self.kept.store.path().to_string_lossy().into_owned();
        let fixed = Alike {
            limit: 3,
            completed: true,
            ..Alike::default()
        };
        let similar = self.kept.store.similar(&lease.ticket.id, fixed).await;
        let similar = similar.map(|found| found.similar).unwrap_or_default();
        let brief = match self.kept.store.show(&lease.ticket.id).await {
            Ok(story) => (self.brief)(lease, &story, &similar, &path),
            Err(error) => {
                format!("Its brief cannot be made now ({error}); `get` shows the ticket.")
            }
        };
        format!(
            "You hold {} under token {}. Its lease is renewed for you. End it with the tools complete, release or close.\n\n{brief}",
            lease.ticket.id, lease.token
        )
    }

    /// Who holds it, and what else there is: never what is in the ticket.
    async fn lost_claim(&self, error: &Error) -> Refusal {
        let others = self
            .kept
            .store
            .list(Filter {
                statuses: vec![Status::Open],
                ready: true,
                limit: OTHERS,
                ..Filter::default()
            })
            .await
            .map(|page| page.tickets);
        let mut lines = vec![Refusal::from(error).0, "You do not have it.".to_owned()];
        match others.unwrap_or_default().as_slice() {
            [] => lines.push("Nothing else can be taken now.".to_owned()),
            others => {
                lines.push("What could be taken:".to_owned());
                lines.extend(others.iter().map(words::line));
            }
        }
        Refusal(lines.join("\n"))
    }

    pub async fn renew(&self, given: args::Renew) -> Answer {
        let token = self.token(&given.id, given.token)?;
        let span = match given.lease.as_deref() {
            None => self.kept.span(&given.id),
            said => self.span(said)?,
        };
        let sent = Instant::now();
        let lease = self.kept.store.renew(&given.id, token, span).await?;
        self.kept.add(&lease, span, sent);
        Ok(format!(
            "{} is yours for {}",
            given.id,
            words::left(lease.expires_at)
        ))
    }

    pub async fn complete(&self, given: args::Complete) -> Answer {
        let token = self.token(&given.id, given.token)?;
        let evidence = Evidence {
            did: given.did,
            files: given.files,
            tested: given.tested,
            results: given.results,
            summary: given.summary,
            url: given.url,
            release: given.release,
        };
        self.kept.store.complete(&given.id, token, evidence).await?;
        self.kept.forget(&given.id);
        Ok(format!("{} is completed", given.id))
    }

    pub async fn close(&self, given: args::Close) -> Answer {
        let mut how = match (given.reason, given.of) {
            (CloseReason::Duplicate, Some(original)) => Close::duplicate_of(original),
            (reason, _) => Close::because(reason),
        };
        if let Some(token) = given.token.or_else(|| self.kept.token(&given.id)) {
            how = how.token(token);
        }
        if let Some(note) = given.note {
            how = how.note(note);
        }
        self.kept.store.close(&given.id, how).await?;
        self.kept.forget(&given.id);
        Ok(format!("{} is closed as {}", given.id, given.reason))
    }

    pub async fn release(&self, given: args::Release) -> Answer {
        let token = self.token(&given.id, given.token)?;
        let mut how = Release::new();
        if given.failed == Some(true) {
            how = how.failed();
        }
        if let Some(reason) = given.reason {
            how = how.reason(reason);
        }
        self.kept.store.release(&given.id, token, how).await?;
        self.kept.forget(&given.id);
        Ok(format!("{} is given back", given.id))
    }

    pub async fn mine(&self, _: args::Mine) -> Answer {
        let leases = self.kept.store.mine(self.kept.store.actor()).await?;
        let lines = leases.iter().map(|lease| {
            let kept = if self.kept.token(&lease.ticket.id) == Some(lease.token) {
                "renewed by itself"
            } else {
                "not from this session"
            };
            let (id, token) = (&lease.ticket.id, lease.token);
            let what = words::headline(&lease.ticket);
            format!(
                "{id} token {token}, {} left, {kept}: {what}",
                words::left(lease.expires_at)
            )
        });
        let lines: Vec<String> = lines.collect();
        Ok(if lines.is_empty() {
            "you hold nothing".to_owned()
        } else {
            lines.join("\n")
        })
    }

    /// The token that was given, else that of this session's lease.
    fn token(&self, ticket: &TicketId, given: Option<Token>) -> actifix::Result<Token> {
        given.or_else(|| self.kept.token(ticket)).ok_or_else(|| {
            let why = format!("you hold no lease on {ticket} in this session: claim it first");
            Error::invalid("token", why)
        })
    }

    fn span(&self, said: Option<&str>) -> actifix::Result<Duration> {
        said.map_or(Ok(self.kept.lease), |text| parse_span("lease", text))
    }
}
