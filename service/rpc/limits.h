// Every limit of the RPC edge, each with its reason. gRPC 1.51 has known ways to be overloaded by one client,
// so what it would leave unlimited is limited here, and the network stays behind an edge proxy.
#pragma once

#include <cstddef>

#include "absl/time/time.h"

namespace mendwork::rpc {

// The longest real request is a response with several letters of 64 KiB. Parsing can take 28 times the size.
constexpr int kRequestBytesMax = 256 << 10;

// Tokens take under 100 bytes. gRPC's own check can be passed by a client that never acknowledges SETTINGS,
// so the guard checks again. Counted as HTTP/2 counts: name, value and 32 bytes an entry.
constexpr size_t kMetadataBytesMax = 8 << 10;
constexpr size_t kMetadataEntryOverhead = 32;

// Clients and many proxies refuse trailers over 8 KiB, and the details travel in base64 (4/3) beside the
// message.
constexpr size_t kErrorDetailsBytesMax = 5 << 10;

// Per connection; unlimited by default. The edge uses a connection for one call at a time anyway. A client
// that resets its calls as fast as it makes them is not held by this; the edge is there for it.
constexpr int kConcurrentStreamsMax = 64;

// Per person, over all connections, so that nobody can fill the queues that everyone shares. Per person and
// never per address: a household shares one address, and one partner's limit must not depend on the other.
constexpr int kCallsInFlightPerPersonMax = 128;
constexpr int kStreamsPerPersonMax = 8;  // a few open windows

// Nothing a person waits for takes longer; a client's deadline of years must not pin resources.
constexpr absl::Duration kDeadlineMax = absl::Seconds(30);

// A stream ends after this long and is resumed with its token: load moves on, and nothing lives for ever.
constexpr absl::Duration kStreamLengthMax = absl::Minutes(10);
// An ended session closes its streams within this time.
constexpr absl::Duration kSessionCheckInterval = absl::Seconds(1);

// Whoever holds connections without using them loses them: no quiet client can collect descriptors for ever.
constexpr absl::Duration kConnectionAgeMax = absl::Minutes(30);
constexpr absl::Duration kConnectionAgeGrace = absl::Seconds(30);
constexpr absl::Duration kConnectionIdleMax = absl::Minutes(5);
// From the first byte of a connection to the end of HTTP/2 settings.
constexpr absl::Duration kHandshakeMax = absl::Seconds(10);
// Our own pings find dead peers of open streams.
constexpr absl::Duration kKeepaliveInterval = absl::Minutes(1);
constexpr absl::Duration kKeepaliveTimeout = absl::Seconds(20);
// Pings more often than this are strikes; too many strikes close the connection.
constexpr absl::Duration kPingIntervalMin = absl::Minutes(1);
constexpr int kPingStrikesMax = 2;

// For all connections of both listeners together.
constexpr size_t kResourceQuotaBytes = size_t{512} << 20;
// Threads of gRPC's synchronous server, which only reflection uses.
constexpr int kSynchronousThreadsMax = 16;

// Argon2id takes 64 MiB and tens of milliseconds each time.
constexpr int kSlowThreads = 2;
constexpr size_t kSlowQueueMax = 64;
constexpr absl::Duration kSlowRetryDelay = absl::Seconds(1);

// In-flight calls may end by themselves for this long after the signal to stop.
constexpr absl::Duration kDrainMax = absl::Seconds(25);

// What a field may hold when its option says nothing.
constexpr size_t kFieldBytesDefault = 4096;
constexpr int kFieldItemsDefault = 1000;
// Over all repeated fields of one request: bounds the work of validation and of everything after it.
constexpr int kRequestItemsMax = 10'000;
// Everything wrong is told at once, up to what somebody could read.
constexpr size_t kViolationsMax = 500;

// Health watchers need no session, so they are counted together.
constexpr size_t kHealthWatchersMax = 64;

// The longest `authorization` value that can be a session token.
constexpr size_t kAuthorizationBytesMax = 512;

}  // namespace mendwork::rpc
