//! Load for any server that speaks LiveKit signalling: many participants on one thread, real ICE, DTLS and SRTP.

mod alarm;
mod arguments;
mod ledger;
mod load;
mod media;
mod participant;
mod peer_connection;
mod report;
mod sdp;
mod signal;
mod socket;
mod token;

use std::cell::RefCell;
use std::process::ExitCode;
use std::rc::Rc;

use anyhow::{Context, Result};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::LocalSet;

use arguments::Arguments;
use ledger::Ledger;
use load::Load;
use participant::Shared;
use report::Report;
use socket::ReceiveBatch;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the runtime")
        .and_then(|runtime| LocalSet::new().block_on(&runtime, run(arguments)));
    let report = match &outcome {
        Ok(()) => Report::Finished,
        Err(error) => Report::Failed {
            error: format!("{error:#}"),
        },
    };
    // Nobody reading is no reason to fail, and the exit code says the rest.
    let _ = report.print();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

async fn run(arguments: Arguments) -> Result<()> {
    let crypto = str0m::crypto::from_feature_flags();
    // One certificate for all: making one per connection would cost more than the connection.
    let certificate = crypto
        .dtls_provider
        .generate_certificate()
        .context("generating a certificate")?;
    crypto.install_process_default();
    let shared = Rc::new(Shared {
        arguments,
        ledger: Ledger::new(),
        certificate,
        batch: RefCell::new(ReceiveBatch::new()),
    });
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut load = Load::new(shared);
    let outcome = tokio::select! {
        outcome = load.run() => outcome,
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    };
    load.finish().await;
    outcome
}
