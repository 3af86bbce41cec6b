#include "CMPI.h"

#include <stdlib.h>

void mpi_sum(const float *pieces, int ranks, size_t count, double scale, float *sums) {
    for (size_t i = 0; i < count; i++) {
        double sum = 0;
        for (int rank = 0; rank < ranks; rank++) sum += pieces[(size_t)rank * count + i];
        sums[i] = (float)(sum * scale);
    }
}

#ifdef PINXIT_MPI

#include <mpi.h>

// Transfers of one kind must be started in one order, those of two kinds need not: the second half
// of a sum starts when the first has arrived, at another time in each process.
static MPI_Comm gathers, exchanges;
static int rank, size;

bool mpi_is_built_in(void) { return true; }

bool mpi_begin(void) {
    int given;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &given) != MPI_SUCCESS) return false;
    if (given < MPI_THREAD_SERIALIZED) return false;
    MPI_Comm_dup(MPI_COMM_WORLD, &gathers);
    MPI_Comm_dup(MPI_COMM_WORLD, &exchanges);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    return true;
}

int mpi_rank(void) { return rank; }
int mpi_size(void) { return size; }

static mpi_transfer kept(MPI_Request request) {
    MPI_Request *transfer = malloc(sizeof *transfer);
    if (!transfer) abort();
    *transfer = request;
    return transfer;
}

mpi_transfer mpi_gather(const float *own, float *all, int count) {
    MPI_Request request;
    MPI_Iallgather(own, count, MPI_FLOAT, all, count, MPI_FLOAT, gathers, &request);
    return kept(request);
}

mpi_transfer mpi_exchange(const float *own, float *pieces, int count) {
    MPI_Request request;
    MPI_Ialltoall(own, count, MPI_FLOAT, pieces, count, MPI_FLOAT, exchanges, &request);
    return kept(request);
}

mpi_transfer mpi_broadcast(float *values, int count) {
    MPI_Request request;
    MPI_Ibcast(values, count, MPI_FLOAT, 0, gathers, &request);
    return kept(request);
}

bool mpi_is_done(mpi_transfer *transfer) {
    if (!*transfer) return true;
    int done;
    MPI_Test(*transfer, &done, MPI_STATUS_IGNORE);
    if (!done) return false;
    free(*transfer);
    *transfer = NULL;
    return true;
}

static const int told = 1;

void mpi_tell(void) {
    for (int other = 0; other < size; other++) {
        if (other == rank) continue;
        MPI_Request request;
        MPI_Isend(NULL, 0, MPI_BYTE, other, told, exchanges, &request);
        MPI_Request_free(&request);
    }
}

bool mpi_is_told(void) {
    int found;
    MPI_Iprobe(MPI_ANY_SOURCE, told, exchanges, &found, MPI_STATUS_IGNORE);
    return found;
}

void mpi_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }
void mpi_end(void) { MPI_Finalize(); }

#else

bool mpi_is_built_in(void) { return false; }
bool mpi_begin(void) { return false; }
int mpi_rank(void) { return 0; }
int mpi_size(void) { return 1; }
mpi_transfer mpi_gather(const float *own, float *all, int count) {
    (void)own, (void)all, (void)count;
    abort();
}
mpi_transfer mpi_exchange(const float *own, float *pieces, int count) {
    (void)own, (void)pieces, (void)count;
    abort();
}
mpi_transfer mpi_broadcast(float *values, int count) {
    (void)values, (void)count;
    abort();
}
bool mpi_is_done(mpi_transfer *transfer) {
    (void)transfer;
    abort();
}
void mpi_tell(void) {}
bool mpi_is_told(void) { return false; }
void mpi_abort(int code) { exit(code); }
void mpi_end(void) {}

#endif
