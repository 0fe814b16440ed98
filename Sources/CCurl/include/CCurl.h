// libcurl for Swift, loaded when it is first needed: it brings some thirty libraries along, and those take longer to
// load than most commands take to run. Its setters and getters are variadic, which Swift cannot import: here is one
// inline function for each class of argument. Nothing here decides anything.
#pragma once

#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo

// All that is used of it, by the names without `curl_`.
#define CCURL_FUNCTIONS(function)                                                                                     \
    function(easy_cleanup) function(easy_getinfo) function(easy_init) function(easy_pause) function(easy_perform)     \
        function(easy_setopt) function(easy_strerror) function(global_init) function(multi_add_handle)                \
            function(multi_cleanup) function(multi_info_read) function(multi_init) function(multi_perform)            \
                function(multi_poll) function(multi_remove_handle) function(multi_wakeup) function(slist_append)      \
                    function(slist_free_all)

#define CCURL_POINTER(name) __typeof__(curl_##name) *name;
struct ccurl_library {
    CCURL_FUNCTIONS(CCURL_POINTER)
};
#undef CCURL_POINTER

// What the functions below call; nothing before `ccurl_load`.
extern struct ccurl_library ccurl_library;

// Loads libcurl (dlopen(3)) and prepares it (curl_global_init(3)), once for the process, whatever the thread. NULL, or
// why it cannot be used. Nothing else here may be called before.
const char *ccurl_load(void);

typedef size_t (*ccurl_io)(char *bytes, size_t size, size_t count, void *context);
typedef curl_socket_t (*ccurl_open_socket)(void *context, curlsocktype purpose, struct curl_sockaddr *address);

static inline CURL *ccurl_easy_init(void) { return ccurl_library.easy_init(); }
static inline void ccurl_easy_cleanup(CURL *handle) { ccurl_library.easy_cleanup(handle); }
static inline CURLcode ccurl_easy_pause(CURL *handle, int bits) { return ccurl_library.easy_pause(handle, bits); }
static inline CURLcode ccurl_easy_perform(CURL *handle) { return ccurl_library.easy_perform(handle); }
static inline const char *ccurl_easy_strerror(CURLcode code) { return ccurl_library.easy_strerror(code); }

static inline CURLM *ccurl_multi_init(void) { return ccurl_library.multi_init(); }
static inline CURLMcode ccurl_multi_cleanup(CURLM *multi) { return ccurl_library.multi_cleanup(multi); }
static inline CURLMcode ccurl_multi_perform(CURLM *multi, int *running) {
    return ccurl_library.multi_perform(multi, running);
}
static inline CURLMcode ccurl_multi_poll(
    CURLM *multi, struct curl_waitfd *extra, unsigned int count, int milliseconds, int *ready
) {
    return ccurl_library.multi_poll(multi, extra, count, milliseconds, ready);
}
static inline CURLMcode ccurl_multi_wakeup(CURLM *multi) { return ccurl_library.multi_wakeup(multi); }
static inline CURLMsg *ccurl_multi_info_read(CURLM *multi, int *left) {
    return ccurl_library.multi_info_read(multi, left);
}
static inline CURLMcode ccurl_multi_add_handle(CURLM *multi, CURL *handle) {
    return ccurl_library.multi_add_handle(multi, handle);
}
static inline CURLMcode ccurl_multi_remove_handle(CURLM *multi, CURL *handle) {
    return ccurl_library.multi_remove_handle(multi, handle);
}

static inline struct curl_slist *ccurl_slist_append(struct curl_slist *list, const char *text) {
    return ccurl_library.slist_append(list, text);
}
static inline void ccurl_slist_free_all(struct curl_slist *list) { ccurl_library.slist_free_all(list); }

static inline CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value) {
    return ccurl_library.easy_setopt(handle, option, value);
}
static inline CURLcode ccurl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return ccurl_library.easy_setopt(handle, option, value);
}
static inline CURLcode ccurl_set_string(CURL *handle, CURLoption option, const char *value) {
    return ccurl_library.easy_setopt(handle, option, value);
}
static inline CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, const void *value) {
    return ccurl_library.easy_setopt(handle, option, value);
}
static inline CURLcode ccurl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return ccurl_library.easy_setopt(handle, option, value);
}
static inline CURLcode ccurl_set_io(CURL *handle, CURLoption option, ccurl_io value) {
    return ccurl_library.easy_setopt(handle, option, value);
}
static inline CURLcode ccurl_set_open_socket(CURL *handle, CURLoption option, ccurl_open_socket value) {
    return ccurl_library.easy_setopt(handle, option, value);
}
// CURLOPT_PROTOCOLS_STR, or what came before it.
static inline CURLcode ccurl_set_protocols(CURL *handle, int allows_http) {
#if LIBCURL_VERSION_NUM >= 0x075500
    return ccurl_library.easy_setopt(handle, CURLOPT_PROTOCOLS_STR, allows_http ? "https,http" : "https");
#else
    long protocols = CURLPROTO_HTTPS | (allows_http ? CURLPROTO_HTTP : 0);
    return ccurl_library.easy_setopt(handle, CURLOPT_PROTOCOLS, protocols);
#endif
}
static inline CURLcode ccurl_get_long(CURL *handle, CURLINFO info, long *value) {
    return ccurl_library.easy_getinfo(handle, info, value);
}
static inline CURLcode ccurl_get_pointer(CURL *handle, CURLINFO info, void **value) {
    return ccurl_library.easy_getinfo(handle, info, value);
}
