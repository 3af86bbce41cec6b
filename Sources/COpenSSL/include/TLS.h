// TLS to a server elsewhere, by OpenSSL's libssl, which is opened when it is first asked for.
#pragma once

#include <stddef.h>

typedef struct PinxitTLS PinxitTLS;

/// What a call came to where it moved no bytes.
enum { PINXIT_TLS_END = 0, PINXIT_TLS_AGAIN = -1, PINXIT_TLS_FAILED = -2 };

/// Finds the library. Null where it is there, else why not.
const char *pinxit_tls_load(void);

/// TLS over a socket that is connected, which stays the caller's. The certificate is verified for
/// the host, a name or an address, by the system's store or what SSL_CERT_FILE and SSL_CERT_DIR
/// name. Null where there is no memory.
PinxitTLS *pinxit_tls_open(int socket, const char *host);

/// Goes on with the handshake: 1 when it is done, PINXIT_TLS_AGAIN or PINXIT_TLS_FAILED.
int pinxit_tls_handshake(PinxitTLS *tls);

/// Why the handshake failed, in words.
const char *pinxit_tls_problem(const PinxitTLS *tls);

/// Whether it failed because the certificate is not to be trusted.
int pinxit_tls_is_distrusted(const PinxitTLS *tls);

/// Bytes, or what else came of it.
long pinxit_tls_read(PinxitTLS *tls, void *bytes, size_t count);
long pinxit_tls_write(PinxitTLS *tls, const void *bytes, size_t count);

/// Says goodbye, and lets go of it.
void pinxit_tls_close(PinxitTLS *tls);
