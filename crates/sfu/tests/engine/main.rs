//! The engine against clients made of str0m, one file per behaviour. One binary: linking is what costs here.

mod bad_networks;
mod data_channels;
mod forwarding;
mod hostile;
mod life_cycle;
mod ports;
mod redundant_audio;
mod simulcast;
mod two_way;
mod world;
