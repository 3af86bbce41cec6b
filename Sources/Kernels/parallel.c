#include "parallel.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// libgomp's entry points, declared here because `-fopenmp` would be an unsafe flag for a package.
// oneDNN calls the same library, so both use one team of threads.
void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
int omp_get_thread_num(void);
int omp_get_num_threads(void);
int omp_get_max_threads(void);
void omp_set_num_threads(int count);
int omp_in_parallel(void);

int px_thread_count(void) { return omp_get_max_threads(); }

void px_set_thread_count(int count) { omp_set_num_threads(count); }

typedef struct {
    size_t count, grain;
    void (*body)(void *context, size_t begin, size_t end);
    void *context;
} range_work;

static void range_member(void *data) {
    const range_work *w = data;
    size_t members = (size_t)omp_get_num_threads(), member = (size_t)omp_get_thread_num();
    size_t pieces = w->count / w->grain;
    if (pieces > members) pieces = members;
    if (member >= pieces) return;
    size_t each = w->count / pieces, extra = w->count % pieces;
    size_t begin = member * each + (member < extra ? member : extra);
    w->body(w->context, begin, begin + each + (member < extra ? 1 : 0));
}

void px_parallel_for(size_t count, size_t grain, void (*body)(void *context, size_t begin, size_t end), void *context) {
    if (count == 0) return;
    if (grain == 0) grain = 1;
    if (count < 2 * grain || omp_in_parallel() || omp_get_max_threads() == 1) {
        body(context, 0, count);
        return;
    }
    range_work work = {count, grain, body, context};
    // Always the whole team: libgomp ends threads when a smaller one is asked for.
    GOMP_parallel(range_member, &work, 0, 0);
}

typedef struct {
    void *memory[PX_SCRATCH_SLOTS];
    size_t bytes[PX_SCRATCH_SLOTS];
} scratch;

static pthread_key_t scratch_key;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;
static _Thread_local scratch *thread_scratch;

static void free_scratch(void *data) {
    scratch *s = data;
    for (int i = 0; i < PX_SCRATCH_SLOTS; i++) free(s->memory[i]);
    free(s);
}

static void make_scratch_key(void) { pthread_key_create(&scratch_key, free_scratch); }

static void (*_Atomic when_exhausted)(size_t bytes);

void px_when_exhausted(void (*action)(size_t bytes)) { when_exhausted = action; }

static void out_of_memory(size_t bytes) {
    void (*action)(size_t) = when_exhausted;
    if (action != NULL) action(bytes);
    fputs("Kernels: out of memory for scratch\n", stderr);
    abort();
}

void *px_scratch(px_scratch_slot slot, size_t bytes) {
    if (thread_scratch == NULL) {
        pthread_once(&scratch_once, make_scratch_key);
        thread_scratch = calloc(1, sizeof *thread_scratch);
        if (thread_scratch == NULL) out_of_memory(sizeof *thread_scratch);
        pthread_setspecific(scratch_key, thread_scratch);
    }
    scratch *s = thread_scratch;
    if (s->bytes[slot] < bytes) {
        free(s->memory[slot]);
        size_t rounded = (bytes + 4095) & ~(size_t)4095;
        if (posix_memalign(&s->memory[slot], 64, rounded) != 0) out_of_memory(rounded);
        s->bytes[slot] = rounded;
    }
    return s->memory[slot];
}
