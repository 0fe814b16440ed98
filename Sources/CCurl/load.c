#include "CCurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

struct ccurl_library ccurl_library;

static const char *problem;

static void load(void) {
    static char text[256];
    // What every distribution has called the library since 2006.
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        snprintf(text, sizeof text, "%s", dlerror());
        problem = text;
        return;
    }
#define CCURL_FIND(name)                                                      \
    *(void **)&ccurl_library.name = dlsym(library, "curl_" #name);            \
    if (ccurl_library.name == NULL) problem = "libcurl is older than 7.68.0: it has no curl_" #name;
    CCURL_FUNCTIONS(CCURL_FIND)
#undef CCURL_FIND
    if (problem == NULL && ccurl_library.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        problem = "libcurl cannot be prepared";
    }
}

const char *ccurl_load(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return problem;
}
