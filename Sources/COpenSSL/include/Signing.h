// What signs pictures, by OpenSSL's libcrypto, which is opened when it is first asked for.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct PinxitKey PinxitKey;
typedef struct PinxitCertificate PinxitCertificate;

/// Finds the library. Null where it is there, else why not.
const char *pinxit_crypto_load(void);

/// The first private key of a PEM file, PKCS#8 or SEC1, to be freed; null for none. `is_locked`
/// tells that a passphrase would be needed.
PinxitKey *pinxit_key_read(const uint8_t *pem, size_t count, bool *is_locked);
void pinxit_key_free(PinxitKey *key);
/// Its public half in DER (SubjectPublicKeyInfo), to be freed with `free`; null where it has none.
uint8_t *pinxit_key_public(PinxitKey *key, size_t *count);

/// The certificates of a PEM file by their number from 0, to be freed; null behind the last.
PinxitCertificate *pinxit_certificate_read(const uint8_t *pem, size_t count, size_t number);
void pinxit_certificate_free(PinxitCertificate *certificate);
/// In DER, to be freed with `free`.
uint8_t *pinxit_certificate_bytes(PinxitCertificate *certificate, size_t *count);
bool pinxit_certificate_fits(PinxitCertificate *certificate, PinxitKey *key);

/// What C2PA's profile of certificates (specification 2.2, 14.5.1) misses in one, as bits.
enum {
    PINXIT_NOT_VERSION_3 = 1,
    PINXIT_SELF_SIGNED = 2,
    PINXIT_IS_AUTHORITY = 4,
    PINXIT_NOT_YET_VALID = 8,
    PINXIT_EXPIRED = 16,
    PINXIT_NOT_FOR_SIGNATURES = 32,
    PINXIT_NO_PURPOSE = 64,
    PINXIT_NO_AUTHORITY_KEY = 128,
};
uint32_t pinxit_certificate_problems(PinxitCertificate *certificate);

/// Signs. ECDSA gives r and s, of `half` bytes each, over the hash named `digest`; with a `half` of
/// 0 the signature is what the key gives, as of Ed25519 without a digest. False where it fails.
bool pinxit_sign(
    PinxitKey *key, const char *digest, size_t half, const uint8_t *message, size_t count,
    uint8_t *signature, size_t size);
