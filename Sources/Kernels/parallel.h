// The OpenMP team and per-thread memory, without compiler flags.
#pragma once
#include <stddef.h>

#include "include/Kernels.h"

/// Work below this many elements stays on the calling thread: waking the team costs more.
enum { PX_GRAIN = 16384 };

/// Grain in rows for rows of `cols` elements.
static inline size_t px_row_grain(size_t cols) {
    return cols == 0 || cols >= PX_GRAIN ? 1 : PX_GRAIN / cols;
}

typedef enum { PX_SCRATCH_CALLER, PX_SCRATCH_TASK, PX_SCRATCH_SLOTS } px_scratch_slot;

/// At least `bytes` bytes aligned to 64, kept by the thread until it ends. The next call with the
/// same slot on the same thread may move it: CALLER is for what a kernel shares with its team, TASK
/// for what a task needs itself.
void *px_scratch(px_scratch_slot slot, size_t bytes);
