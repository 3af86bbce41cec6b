#include "Signing.h"
#include "library.h"

#include <stdlib.h>
#include <string.h>

typedef int (*Passphrase)(char *, int, int, void *);

#define FUNCTIONS(X)                                                                              \
    X(void *, BIO_new_mem_buf, (const void *, int))                                               \
    X(int, BIO_free, (void *))                                                                    \
    X(PinxitKey *, PEM_read_bio_PrivateKey, (void *, PinxitKey **, Passphrase, void *))           \
    X(PinxitCertificate *, PEM_read_bio_X509, (void *, PinxitCertificate **, Passphrase, void *)) \
    X(void, EVP_PKEY_free, (PinxitKey *))                                                         \
    X(int, i2d_PUBKEY, (PinxitKey *, unsigned char **))                                           \
    X(void, X509_free, (PinxitCertificate *))                                                     \
    X(int, i2d_X509, (PinxitCertificate *, unsigned char **))                                     \
    X(int, X509_check_private_key, (PinxitCertificate *, PinxitKey *))                            \
    X(long, X509_get_version, (const PinxitCertificate *))                                        \
    X(void *, X509_get_subject_name, (const PinxitCertificate *))                                 \
    X(void *, X509_get_issuer_name, (const PinxitCertificate *))                                  \
    X(int, X509_NAME_cmp, (const void *, const void *))                                           \
    X(int, X509_check_ca, (PinxitCertificate *))                                                  \
    X(const void *, X509_get0_notBefore, (const PinxitCertificate *))                             \
    X(const void *, X509_get0_notAfter, (const PinxitCertificate *))                              \
    X(int, X509_cmp_current_time, (const void *))                                                 \
    X(uint32_t, X509_get_key_usage, (PinxitCertificate *))                                        \
    X(int, X509_get_ext_by_NID, (const PinxitCertificate *, int, int))                            \
    X(void *, X509_get_ext_d2i, (const PinxitCertificate *, int, int *, int *))                   \
    X(void, EXTENDED_KEY_USAGE_free, (void *))                                                    \
    X(int, OPENSSL_sk_num, (const void *))                                                        \
    X(void *, OPENSSL_sk_value, (const void *, int))                                              \
    X(int, OBJ_obj2txt, (char *, int, const void *, int))                                         \
    X(void *, EVP_MD_CTX_new, (void))                                                             \
    X(void, EVP_MD_CTX_free, (void *))                                                            \
    X(const void *, EVP_get_digestbyname, (const char *))                                         \
    X(int, EVP_DigestSignInit, (void *, void **, const void *, void *, PinxitKey *))              \
    X(int, EVP_DigestSign,                                                                        \
      (void *, unsigned char *, size_t *, const unsigned char *, size_t))                         \
    X(void *, d2i_ECDSA_SIG, (void **, const unsigned char **, long))                             \
    X(void, ECDSA_SIG_get0, (const void *, const void **, const void **))                         \
    X(void, ECDSA_SIG_free, (void *))                                                             \
    X(int, BN_bn2binpad, (const void *, unsigned char *, int))                                    \
    X(void, ERR_clear_error, (void))

enum { KEY_USAGE_SIGNATURE = 0x80, NID_AUTHORITY_KEY = 90, NID_EXTENDED_USAGE = 126 };

PINXIT_OPENSSL("libcrypto", FUNCTIONS, pinxit_crypto_load)

// The library would ask at the terminal.
static int refuse(char *buffer, int size, int writing, void *was_asked) {
    (void)buffer, (void)size, (void)writing;
    if (was_asked) *(bool *)was_asked = true;
    return -1;
}

PinxitKey *pinxit_key_read(const uint8_t *pem, size_t count, bool *is_locked) {
    void *source = ssl_BIO_new_mem_buf(pem, (int)count);
    if (!source) return NULL;
    *is_locked = false;
    PinxitKey *key = ssl_PEM_read_bio_PrivateKey(source, NULL, refuse, is_locked);
    ssl_BIO_free(source);
    ssl_ERR_clear_error();
    return key;
}

void pinxit_key_free(PinxitKey *key) { ssl_EVP_PKEY_free(key); }

uint8_t *pinxit_key_public(PinxitKey *key, size_t *count) {
    int length = ssl_i2d_PUBKEY(key, NULL);
    uint8_t *bytes = length > 0 ? malloc((size_t)length) : NULL;
    if (!bytes) return NULL;
    uint8_t *end = bytes;
    *count = (size_t)ssl_i2d_PUBKEY(key, &end);
    return bytes;
}

PinxitCertificate *pinxit_certificate_read(const uint8_t *pem, size_t count, size_t number) {
    void *source = ssl_BIO_new_mem_buf(pem, (int)count);
    if (!source) return NULL;
    PinxitCertificate *certificate = ssl_PEM_read_bio_X509(source, NULL, refuse, NULL);
    for (; certificate && number > 0; number--) {
        ssl_X509_free(certificate);
        certificate = ssl_PEM_read_bio_X509(source, NULL, refuse, NULL);
    }
    ssl_BIO_free(source);
    ssl_ERR_clear_error();
    return certificate;
}

void pinxit_certificate_free(PinxitCertificate *certificate) { ssl_X509_free(certificate); }

uint8_t *pinxit_certificate_bytes(PinxitCertificate *certificate, size_t *count) {
    int length = ssl_i2d_X509(certificate, NULL);
    uint8_t *bytes = length > 0 ? malloc((size_t)length) : NULL;
    if (!bytes) return NULL;
    uint8_t *end = bytes;
    *count = (size_t)ssl_i2d_X509(certificate, &end);
    return bytes;
}

bool pinxit_certificate_fits(PinxitCertificate *certificate, PinxitKey *key) {
    bool fits = ssl_X509_check_private_key(certificate, key) == 1;
    ssl_ERR_clear_error();
    return fits;
}

// Signing of mail, of documents, and of C2PA's claims.
static bool has_purpose(const PinxitCertificate *certificate) {
    static const char *const purposes[] = {
        "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36", "1.3.6.1.4.1.62558.2.1"};
    void *usages = ssl_X509_get_ext_d2i(certificate, NID_EXTENDED_USAGE, NULL, NULL);
    if (!usages) return false;
    bool found = false;
    for (int i = 0; i < ssl_OPENSSL_sk_num(usages); i++) {
        char text[80] = "";
        ssl_OBJ_obj2txt(text, sizeof text, ssl_OPENSSL_sk_value(usages, i), 1);
        for (size_t k = 0; k < sizeof purposes / sizeof *purposes; k++) {
            if (!strcmp(text, purposes[k])) found = true;
        }
    }
    ssl_EXTENDED_KEY_USAGE_free(usages);
    return found;
}

uint32_t pinxit_certificate_problems(PinxitCertificate *certificate) {
    uint32_t problems = 0;
    if (ssl_X509_get_version(certificate) != 2) problems |= PINXIT_NOT_VERSION_3;
    void *subject = ssl_X509_get_subject_name(certificate);
    void *issuer = ssl_X509_get_issuer_name(certificate);
    if (!ssl_X509_NAME_cmp(subject, issuer)) problems |= PINXIT_SELF_SIGNED;
    if (ssl_X509_check_ca(certificate) == 1) problems |= PINXIT_IS_AUTHORITY;
    // Before now is less than 0.
    if (ssl_X509_cmp_current_time(ssl_X509_get0_notBefore(certificate)) > 0) {
        problems |= PINXIT_NOT_YET_VALID;
    }
    if (ssl_X509_cmp_current_time(ssl_X509_get0_notAfter(certificate)) < 0) {
        problems |= PINXIT_EXPIRED;
    }
    uint32_t usage = ssl_X509_get_key_usage(certificate);
    if (usage == UINT32_MAX || !(usage & KEY_USAGE_SIGNATURE)) {
        problems |= PINXIT_NOT_FOR_SIGNATURES;
    }
    if (!has_purpose(certificate)) problems |= PINXIT_NO_PURPOSE;
    if (ssl_X509_get_ext_by_NID(certificate, NID_AUTHORITY_KEY, -1) < 0) {
        problems |= PINXIT_NO_AUTHORITY_KEY;
    }
    ssl_ERR_clear_error();
    return problems;
}

// From DER to r and s.
static bool split(
    const uint8_t *der, size_t count, size_t half, uint8_t *signature, size_t size) {
    void *pair = ssl_d2i_ECDSA_SIG(NULL, &der, (long)count);
    if (!pair) return false;
    const void *r = NULL, *s = NULL;
    ssl_ECDSA_SIG_get0(pair, &r, &s);
    bool fits = size == 2 * half && ssl_BN_bn2binpad(r, signature, (int)half) == (int)half &&
                ssl_BN_bn2binpad(s, signature + half, (int)half) == (int)half;
    ssl_ECDSA_SIG_free(pair);
    return fits;
}

bool pinxit_sign(
    PinxitKey *key, const char *digest, size_t half, const uint8_t *message, size_t count,
    uint8_t *signature, size_t size) {
    uint8_t made[256];
    size_t length = sizeof made;
    void *context = ssl_EVP_MD_CTX_new();
    if (!context) return false;
    const void *hash = digest ? ssl_EVP_get_digestbyname(digest) : NULL;
    bool is_made = ssl_EVP_DigestSignInit(context, NULL, hash, NULL, key) == 1 &&
                   ssl_EVP_DigestSign(context, made, &length, message, count) == 1;
    ssl_EVP_MD_CTX_free(context);
    ssl_ERR_clear_error();
    if (!is_made) return false;
    if (half > 0) return split(made, length, half, signature, size);
    if (length != size) return false;
    memcpy(signature, made, size);
    return true;
}
