#include "TLS.h"
#include "library.h"

#include <arpa/inet.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define FUNCTIONS(X)                                                    \
    X(const void *, TLS_client_method, (void))                          \
    X(void *, SSL_CTX_new, (const void *))                              \
    X(void, SSL_CTX_free, (void *))                                     \
    X(int, SSL_CTX_set_default_verify_paths, (void *))                  \
    X(void, SSL_CTX_set_verify, (void *, int, void *))                  \
    X(long, SSL_CTX_ctrl, (void *, int, long, void *))                  \
    X(void *, SSL_new, (void *))                                        \
    X(void, SSL_free, (void *))                                         \
    X(int, SSL_set_fd, (void *, int))                                   \
    X(long, SSL_ctrl, (void *, int, long, void *))                      \
    X(int, SSL_set1_host, (void *, const char *))                       \
    X(void *, SSL_get0_param, (void *))                                 \
    X(int, X509_VERIFY_PARAM_set1_ip_asc, (void *, const char *))       \
    X(int, SSL_connect, (void *))                                       \
    X(int, SSL_read, (void *, void *, int))                             \
    X(int, SSL_write, (void *, const void *, int))                      \
    X(int, SSL_shutdown, (void *))                                      \
    X(int, SSL_get_error, (const void *, int))                          \
    X(long, SSL_get_verify_result, (const void *))                      \
    X(const char *, X509_verify_cert_error_string, (long))              \
    X(unsigned long, ERR_peek_error, (void))                            \
    X(const char *, ERR_reason_error_string, (unsigned long))           \
    X(void, ERR_clear_error, (void))

// Its numbers.
enum {
    VERIFY_PEER = 1, WANT_READ = 2, WANT_WRITE = 3, SET_HOST_NAME = 55, SET_LEAST_VERSION = 123,
    TLS_1_2 = 0x303,
};

PINXIT_OPENSSL("libssl", FUNCTIONS, pinxit_tls_load)

struct PinxitTLS {
    void *context, *connection;
    const char *problem;
    int is_distrusted, is_open;
};

// Writing to who has gone is a signal, which would end the program.
static int begin_quiet(sigset_t *before) {
    sigset_t pipe, pending;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe, before);
    return sigismember(&pending, SIGPIPE);
}

static void end_quiet(const sigset_t *before, int was_pending) {
    sigset_t pipe, pending;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigpending(&pending);
    int which;
    if (!was_pending && sigismember(&pending, SIGPIPE)) sigwait(&pipe, &which);
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

static int is_address(const char *host) {
    unsigned char bytes[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

PinxitTLS *pinxit_tls_open(int socket, const char *host) {
    PinxitTLS *tls = calloc(1, sizeof *tls);
    if (!tls) return NULL;
    tls->context = ssl_SSL_CTX_new(ssl_TLS_client_method());
    if (tls->context) {
        ssl_SSL_CTX_set_default_verify_paths(tls->context);
        ssl_SSL_CTX_set_verify(tls->context, VERIFY_PEER, NULL);
        ssl_SSL_CTX_ctrl(tls->context, SET_LEAST_VERSION, TLS_1_2, NULL);
        tls->connection = ssl_SSL_new(tls->context);
    }
    // A name that could not be set would be verified as any.
    int is_set = tls->connection && ssl_SSL_set_fd(tls->connection, socket) == 1;
    if (is_set && is_address(host)) {
        is_set =
            ssl_X509_VERIFY_PARAM_set1_ip_asc(ssl_SSL_get0_param(tls->connection), host) == 1;
    } else if (is_set) {
        is_set = ssl_SSL_set1_host(tls->connection, host) == 1
            && ssl_SSL_ctrl(tls->connection, SET_HOST_NAME, 0, (void *)host) == 1;
    }
    if (!is_set) {
        pinxit_tls_close(tls);
        return NULL;
    }
    return tls;
}

int pinxit_tls_handshake(PinxitTLS *tls) {
    sigset_t before;
    int was_pending = begin_quiet(&before);
    ssl_ERR_clear_error();
    int result = ssl_SSL_connect(tls->connection);
    int error = result == 1 ? 0 : ssl_SSL_get_error(tls->connection, result);
    end_quiet(&before, was_pending);
    if (result == 1) {
        tls->is_open = 1;
        return 1;
    }
    if (error == WANT_READ || error == WANT_WRITE) return PINXIT_TLS_AGAIN;
    long verified = ssl_SSL_get_verify_result(tls->connection);
    unsigned long code = ssl_ERR_peek_error();
    tls->is_distrusted = verified != 0;
    if (verified) tls->problem = ssl_X509_verify_cert_error_string(verified);
    else if (code) tls->problem = ssl_ERR_reason_error_string(code);
    if (!tls->problem) tls->problem = "the connection was closed";
    return PINXIT_TLS_FAILED;
}

const char *pinxit_tls_problem(const PinxitTLS *tls) { return tls->problem; }

int pinxit_tls_is_distrusted(const PinxitTLS *tls) { return tls->is_distrusted; }

static long outcome(PinxitTLS *tls, int result) {
    if (result > 0) return result;
    int error = ssl_SSL_get_error(tls->connection, result);
    if (error == WANT_READ || error == WANT_WRITE) return PINXIT_TLS_AGAIN;
    // After any other error nothing more may be said.
    tls->is_open = 0;
    return result == 0 ? PINXIT_TLS_END : PINXIT_TLS_FAILED;
}

long pinxit_tls_read(PinxitTLS *tls, void *bytes, size_t count) {
    sigset_t before;
    int was_pending = begin_quiet(&before);
    ssl_ERR_clear_error();
    int most = count < INT_MAX ? (int)count : INT_MAX;
    long result = outcome(tls, ssl_SSL_read(tls->connection, bytes, most));
    end_quiet(&before, was_pending);
    return result;
}

long pinxit_tls_write(PinxitTLS *tls, const void *bytes, size_t count) {
    sigset_t before;
    int was_pending = begin_quiet(&before);
    ssl_ERR_clear_error();
    int most = count < INT_MAX ? (int)count : INT_MAX;
    long result = outcome(tls, ssl_SSL_write(tls->connection, bytes, most));
    end_quiet(&before, was_pending);
    return result;
}

void pinxit_tls_close(PinxitTLS *tls) {
    sigset_t before;
    int was_pending = begin_quiet(&before);
    if (tls->is_open) ssl_SSL_shutdown(tls->connection);
    if (tls->connection) ssl_SSL_free(tls->connection);
    if (tls->context) ssl_SSL_CTX_free(tls->context);
    end_quiet(&before, was_pending);
    free(tls);
}
