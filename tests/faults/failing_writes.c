/* Preloaded into a test's child: the n-th write, fsync, truncation or rename under a folder fails, halfway. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long seen, at;
static int error_of, for_good;
static char folder[4096];

void fail_at(long n, int error, int ever_after, const char *under)
{
    error_of = error;
    for_good = ever_after;
    snprintf(folder, sizeof folder, "%s", under);
    atomic_store(&seen, 0);
    atomic_store(&at, n);
}

long writes_seen(void) { return atomic_load(&seen); }

static int under(const char *path) { return folder[0] && strncmp(path, folder, strlen(folder)) == 0; }

static int counts(int fd)
{
    char name[64], path[4096];
    if (!folder[0])
        return 0;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(name, path, sizeof path - 1);
    if (length <= 0)
        return 0;
    path[length] = 0;
    return under(path);
}

static int fails(int counted)
{
    if (!counted)
        return 0;
    long now = atomic_fetch_add(&seen, 1) + 1, n = atomic_load(&at);
    return n && (now == n || (for_good && now > n));
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) \
        real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *data, size_t size)
{
    REAL(ssize_t, write, int, const void *, size_t);
    if (!fails(counts(fd)))
        return real(fd, data, size);
    if (size > 1)
        real(fd, data, size / 2);
    errno = error_of;
    return -1;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t place)
{
    REAL(ssize_t, pwrite, int, const void *, size_t, off_t);
    if (!fails(counts(fd)))
        return real(fd, data, size, place);
    if (size > 1)
        real(fd, data, size / 2, place);
    errno = error_of;
    return -1;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t place)
{
    REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t);
    if (!fails(counts(fd)))
        return real(fd, data, size, place);
    if (size > 1)
        real(fd, data, size / 2, place);
    errno = error_of;
    return -1;
}

#define ON_FD(type, name, declared, given) \
    type name declared \
    { \
        static type(*real) declared; \
        if (!real) \
            real = (type(*) declared)dlsym(RTLD_NEXT, #name); \
        if (!fails(counts(fd))) \
            return real given; \
        errno = error_of; \
        return -1; \
    }

ON_FD(ssize_t, writev, (int fd, const struct iovec *parts, int count), (fd, parts, count))
ON_FD(int, fsync, (int fd), (fd))
ON_FD(int, fdatasync, (int fd), (fd))
ON_FD(int, ftruncate, (int fd, off_t size), (fd, size))
ON_FD(int, ftruncate64, (int fd, off64_t size), (fd, size))

int rename(const char *old, const char *new)
{
    REAL(int, rename, const char *, const char *);
    if (!fails(under(new)))
        return real(old, new);
    errno = error_of;
    return -1;
}
