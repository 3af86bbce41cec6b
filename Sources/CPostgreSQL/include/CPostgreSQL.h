// libpq, PostgreSQL's client library, as it is found when it is first asked for. Nothing is linked
// to it: whoever keeps jobs in SQLite needs no libpq, neither to build nor to run. Its functions
// and numbers have been the same since version 8 (libpq.so.5).
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct PinxitConnection PinxitConnection;
typedef struct PinxitResult PinxitResult;

/// What is told to who listens.
typedef struct {
    char *channel;
    int process;
    char *payload;
} PinxitNotification;

/// Finds the library. Null where it is there, else why not.
const char *pinxit_pq_load(void);

/// Whether an address, a URL or `keyword=value …`, says where a server is, with nothing of a
/// password in another place, as an `@` or a `/` in it does that is not written `%40` or `%2F`.
bool pinxit_pq_is_address(const char *address);

/// Connects. The result is never null; whether it worked `pinxit_pq_is_connected` says. Keywords
/// and values end with a null.
PinxitConnection *pinxit_pq_connect(const char *const *keywords, const char *const *values);
bool pinxit_pq_is_connected(const PinxitConnection *connection);
const char *pinxit_pq_error(const PinxitConnection *connection);
int pinxit_pq_socket(const PinxitConnection *connection);
void pinxit_pq_close(PinxitConnection *connection);

/// Runs a statement. A parameter of format 1 is bytes, of 0 text that ends with a null; a null is
/// NULL. Columns of the result come as bytes where `binary`, else as text.
PinxitResult *pinxit_pq_execute(
    PinxitConnection *connection, const char *statement, int count, const char *const *values,
    const int *lengths, const int *formats, bool binary);

/// Whether the statement was done.
bool pinxit_pq_succeeded(const PinxitResult *result);
/// The five letters of an error's kind; null where there is none.
const char *pinxit_pq_state(const PinxitResult *result);
int pinxit_pq_rows(const PinxitResult *result);
int pinxit_pq_columns(const PinxitResult *result);
const char *pinxit_pq_name(const PinxitResult *result, int column);
/// The number of a column's type.
unsigned pinxit_pq_type(const PinxitResult *result, int column);
bool pinxit_pq_is_null(const PinxitResult *result, int row, int column);
const char *pinxit_pq_value(const PinxitResult *result, int row, int column);
int pinxit_pq_length(const PinxitResult *result, int row, int column);
/// How many rows were changed, in digits.
const char *pinxit_pq_changed(PinxitResult *result);
void pinxit_pq_clear(PinxitResult *result);

/// Reads what has come; false where the connection is broken.
bool pinxit_pq_consume(PinxitConnection *connection);
/// The next notification, to be freed with `pinxit_pq_free`; null for none.
PinxitNotification *pinxit_pq_notification(PinxitConnection *connection);
void pinxit_pq_free(PinxitNotification *notification);
