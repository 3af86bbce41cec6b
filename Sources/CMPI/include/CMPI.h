// What training asks of MPI, whose macros Swift does not see: bytes are moved, nothing is computed
// by it. Built without PINXIT_MPI, `mpi_is_built_in` is false and nothing else may be called.
//
// Transfers go on while others are started; each kind is to be started in the same order by every
// process. An error of MPI ends all processes with its own message.
#pragma once
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

bool mpi_is_built_in(void);

/// Joins the processes that mpirun started; false if MPI does not begin.
bool mpi_begin(void);
/// Which of them this is, from 0.
int mpi_rank(void);
/// How many there are.
int mpi_size(void);

/// What a transfer that is under way is known by; NULL once it is done.
typedef void *mpi_transfer;

/// Starts to bring `count` floats of every process to all: those of process r to `all + r count`.
mpi_transfer mpi_gather(const float *own, float *all, int count);
/// Starts to bring the r-th `count` floats of `own` to process r, where those of process s come to
/// `pieces + s count`.
mpi_transfer mpi_exchange(const float *own, float *pieces, int count);
/// Starts to bring the first process's `count` floats to all.
mpi_transfer mpi_broadcast(float *values, int count);
/// Moves all transfers on, and says whether this one is done.
bool mpi_is_done(mpi_transfer *transfer);

/// Has the other processes know that this one says why all end.
void mpi_tell(void);
/// Whether another process has said so.
bool mpi_is_told(void);
/// Ends all processes, with this exit code. Does not return.
void mpi_abort(int code);
/// Leaves, when all others do.
void mpi_end(void);

/// `sums[i]` = `scale` Σ `pieces[r count + i]` over r from 0, in f64: rounded once, whatever the
/// order. Needs no MPI.
void mpi_sum(const float *pieces, int ranks, size_t count, double scale, float *sums);

#ifdef __cplusplus
}
#endif
