//! The media engine of roomful: ICE, DTLS, SRTP, SCTP and selective forwarding on str0m.
