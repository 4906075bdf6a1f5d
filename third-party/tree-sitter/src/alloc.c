#include "alloc.h"
#include "tree_sitter/api.h"
#include <stdlib.h>

// HOB: allocators know how long their blocks are.
#if defined(_WIN32)
#include <malloc.h>
#define hob_usable_size(ptr) _msize(ptr)
#elif defined(__APPLE__)
#include <malloc/malloc.h>
#define hob_usable_size(ptr) malloc_size(ptr)
#elif defined(__FreeBSD__)
#include <malloc_np.h>
#define hob_usable_size(ptr) malloc_usable_size(ptr)
#else
#include <malloc.h>
#define hob_usable_size(ptr) malloc_usable_size(ptr)
#endif

#if defined(_MSC_VER) && !defined(__clang__)
static __declspec(thread) int64_t hob_allocated = 0;
#else
static _Thread_local int64_t hob_allocated = 0;
#endif

// HOB: what a new block takes. Of glibc this is known without a look at the block: 8 bytes more, in multiples of 16.
static inline int64_t hob_new_size(void *ptr, size_t size) {
#if defined(__GLIBC__) && UINTPTR_MAX > UINT32_MAX
  (void)ptr;
  return size <= 24 ? 24 : (int64_t)(((size + 23) & ~(size_t)15) - 8);
#else
  (void)size;
  return (int64_t)hob_usable_size(ptr);
#endif
}

int64_t hob_allocated_bytes(void) {
  return hob_allocated;
}

static void *ts_malloc_default(size_t size) {
  void *result = malloc(size);
  if (result) hob_allocated += hob_new_size(result, size);
  if (size > 0 && !result) {
    fprintf(stderr, "tree-sitter failed to allocate %zu bytes", size);
    abort();
  }
  return result;
}

static void *ts_calloc_default(size_t count, size_t size) {
  void *result = calloc(count, size);
  if (result) hob_allocated += hob_new_size(result, count * size);
  if (count > 0 && !result) {
    fprintf(stderr, "tree-sitter failed to allocate %zu bytes", count * size);
    abort();
  }
  return result;
}

static void *ts_realloc_default(void *buffer, size_t size) {
  int64_t before = buffer ? (int64_t)hob_usable_size(buffer) : 0;
  void *result = realloc(buffer, size);
  if (result) hob_allocated += hob_new_size(result, size) - before;
  if (size > 0 && !result) {
    fprintf(stderr, "tree-sitter failed to reallocate %zu bytes", size);
    abort();
  }
  return result;
}

static void ts_free_default(void *buffer) {
  if (buffer) hob_allocated -= (int64_t)hob_usable_size(buffer);
  free(buffer);
}

// Allow clients to override allocation functions dynamically
TS_PUBLIC void *(*ts_current_malloc)(size_t) = ts_malloc_default;
TS_PUBLIC void *(*ts_current_calloc)(size_t, size_t) = ts_calloc_default;
TS_PUBLIC void *(*ts_current_realloc)(void *, size_t) = ts_realloc_default;
TS_PUBLIC void (*ts_current_free)(void *) = ts_free_default;

void ts_set_allocator(
  void *(*new_malloc)(size_t size),
  void *(*new_calloc)(size_t count, size_t size),
  void *(*new_realloc)(void *ptr, size_t size),
  void (*new_free)(void *ptr)
) {
  ts_current_malloc = new_malloc ? new_malloc : ts_malloc_default;
  ts_current_calloc = new_calloc ? new_calloc : ts_calloc_default;
  ts_current_realloc = new_realloc ? new_realloc : ts_realloc_default;
  ts_current_free = new_free ? new_free : ts_free_default;
}
