#include "CPostgreSQL.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

// As its header has it.
typedef struct {
    char *keyword, *variable, *compiled, *value, *label, *display;
    int size;
} Option;

typedef void (*Notice)(void *, const char *);

// What is used of it, as its header declares it with types of its own.
#define FUNCTIONS(X)                                                                             \
    X(Option *, conninfoParse, (const char *, char **))                                          \
    X(void, conninfoFree, (Option *))                                                            \
    X(PinxitConnection *, connectdbParams, (const char *const *, const char *const *, int))      \
    X(int, status, (const PinxitConnection *))                                                   \
    X(char *, errorMessage, (const PinxitConnection *))                                          \
    X(int, socket, (const PinxitConnection *))                                                   \
    X(Notice, setNoticeProcessor, (PinxitConnection *, Notice, void *))                          \
    X(void, finish, (PinxitConnection *))                                                        \
    X(PinxitResult *, execParams,                                                                \
      (PinxitConnection *, const char *, int, const unsigned *, const char *const *, const int *, \
       const int *, int))                                                                        \
    X(int, resultStatus, (const PinxitResult *))                                                 \
    X(char *, resultErrorField, (const PinxitResult *, int))                                     \
    X(int, ntuples, (const PinxitResult *))                                                      \
    X(int, nfields, (const PinxitResult *))                                                      \
    X(char *, fname, (const PinxitResult *, int))                                                \
    X(unsigned, ftype, (const PinxitResult *, int))                                              \
    X(int, getisnull, (const PinxitResult *, int, int))                                          \
    X(char *, getvalue, (const PinxitResult *, int, int))                                        \
    X(int, getlength, (const PinxitResult *, int, int))                                          \
    X(char *, cmdTuples, (PinxitResult *))                                                       \
    X(void, clear, (PinxitResult *))                                                             \
    X(int, consumeInput, (PinxitConnection *))                                                   \
    X(PinxitNotification *, notifies, (PinxitConnection *))                                      \
    X(void, freemem, (void *))

enum { CONNECTION_OK = 0, COMMAND_OK = 1, TUPLES_OK = 2, FIELD_STATE = 'C' };

#define DECLARE(result, name, parameters) static result(*pq_##name) parameters;
FUNCTIONS(DECLARE)

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *problem;

static void load(void) {
    void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (!library) library = dlopen("libpq.5.dylib", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        problem = "libpq.so.5 is not there; Debian's package libpq5 has it";
        return;
    }
#define FIND(result, name, parameters)                                    \
    *(void **)&pq_##name = dlsym(library, "PQ" #name);                    \
    if (!pq_##name) problem = "libpq.so.5 has no PQ" #name;
    FUNCTIONS(FIND)
}

const char *pinxit_pq_load(void) {
    pthread_once(&once, load);
    return problem;
}

static bool is_plausible(const Option *option) {
    const char *value = option->value;
    if (!value || !*value) return true;
    // Names of sockets may begin with it.
    if (!strcmp(option->keyword, "host")) return !strchr(value + 1, '@');
    if (!strcmp(option->keyword, "dbname")) return !strchr(value, '@');
    if (!strcmp(option->keyword, "port")) return !value[strspn(value, "0123456789,")];
    return true;
}

bool pinxit_pq_is_address(const char *address) {
    char *message = NULL;
    Option *options = pq_conninfoParse(address, &message);
    if (message) pq_freemem(message);
    if (!options) return false;
    bool is_address = true;
    for (const Option *option = options; option->keyword; option++) {
        if (!is_plausible(option)) is_address = false;
    }
    pq_conninfoFree(options);
    return is_address;
}

// The library would print what the server mentions.
static void ignore(void *unused, const char *text) {
    (void)unused;
    (void)text;
}

PinxitConnection *pinxit_pq_connect(const char *const *keywords, const char *const *values) {
    PinxitConnection *connection = pq_connectdbParams(keywords, values, 1);
    pq_setNoticeProcessor(connection, ignore, NULL);
    return connection;
}

bool pinxit_pq_is_connected(const PinxitConnection *connection) {
    return pq_status(connection) == CONNECTION_OK;
}

const char *pinxit_pq_error(const PinxitConnection *connection) {
    return pq_errorMessage(connection);
}

int pinxit_pq_socket(const PinxitConnection *connection) { return pq_socket(connection); }

void pinxit_pq_close(PinxitConnection *connection) { pq_finish(connection); }

PinxitResult *pinxit_pq_execute(
    PinxitConnection *connection, const char *statement, int count, const char *const *values,
    const int *lengths, const int *formats, bool binary) {
    return pq_execParams(
        connection, statement, count, NULL, values, lengths, formats, binary ? 1 : 0);
}

bool pinxit_pq_succeeded(const PinxitResult *result) {
    int status = pq_resultStatus(result);
    return status == COMMAND_OK || status == TUPLES_OK;
}

const char *pinxit_pq_state(const PinxitResult *result) {
    return pq_resultErrorField(result, FIELD_STATE);
}

int pinxit_pq_rows(const PinxitResult *result) { return pq_ntuples(result); }

int pinxit_pq_columns(const PinxitResult *result) { return pq_nfields(result); }

const char *pinxit_pq_name(const PinxitResult *result, int column) {
    return pq_fname(result, column);
}

unsigned pinxit_pq_type(const PinxitResult *result, int column) {
    return pq_ftype(result, column);
}

bool pinxit_pq_is_null(const PinxitResult *result, int row, int column) {
    return pq_getisnull(result, row, column) != 0;
}

const char *pinxit_pq_value(const PinxitResult *result, int row, int column) {
    return pq_getvalue(result, row, column);
}

int pinxit_pq_length(const PinxitResult *result, int row, int column) {
    return pq_getlength(result, row, column);
}

const char *pinxit_pq_changed(PinxitResult *result) { return pq_cmdTuples(result); }

void pinxit_pq_clear(PinxitResult *result) { pq_clear(result); }

bool pinxit_pq_consume(PinxitConnection *connection) {
    return pq_consumeInput(connection) != 0 && pinxit_pq_is_connected(connection);
}

PinxitNotification *pinxit_pq_notification(PinxitConnection *connection) {
    return pq_notifies(connection);
}

void pinxit_pq_free(PinxitNotification *notification) { pq_freemem(notification); }
