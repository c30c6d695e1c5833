/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "io/tls_module.h"

#if defined(HAVE_TLS) && !defined(TLS_LINKED)

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Where it may be, relative to the folder of the program or library with this code: in a build tree; below an
 * installed library; in the library folder of an installed program. */
static const char *const places[] = {TLS_MODULE_FILE, ("vastar/" TLS_MODULE_FILE), TLS_MODULE_FROM_BIN};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const struct tls_module *loaded;

/* The folder of the file with this code, with a trailing slash. */
static void own_folder(char *path, size_t size)
{
	struct link_map *map = NULL;
	ssize_t length = 0;
	Dl_info info;

	if (dladdr1(&lock, &info, (void **)&map, RTLD_DL_LINKMAP) && map && *map->l_name) {
		snprintf(path, size, "%s", map->l_name);
	} else { /* the program itself */
		length = readlink("/proc/self/exe", path, size - 1);
		path[length > 0 ? length : 0] = '\0';
	}
	path[strrchr(path, '/') ? strrchr(path, '/') - path + 1 : 0] = '\0';
}

static bool find(char *path, size_t size)
{
	char folder[PATH_MAX];

	own_folder(folder, sizeof(folder));
	for (unsigned i = 0; i < sizeof(places) / sizeof(*places); i++) {
		int length = snprintf(path, size, "%s%s", folder, places[i]);

		if (length > 0 && (size_t)length < size && !access(path, F_OK))
			return true;
	}
	snprintf(path, size, "%s", TLS_MODULE_INSTALLED);
	return !access(path, F_OK);
}

/* It is never unloaded: texts and functions of OpenSSL stay in use until the program ends. */
static const struct tls_module *load_file(const char *path, struct vastar_error *err)
{
	void *file = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	const struct tls_module *module = file ? dlsym(file, "vastar_tls_module") : NULL;

	if (!module)
		err_set(err, VASTAR_E_SYSTEM, "TLS: %.300s (install OpenSSL 3)", dlerror());
	else if (strcmp(module->version, VASTAR_VERSION))
		err_set(err, VASTAR_E_SYSTEM,
			"TLS: %.300s is of vastar %.20s, not %s (install the one of this vastar)", path,
			module->version, VASTAR_VERSION);
	else
		return module;
	return NULL;
}

const struct tls_module *tls_module_load(struct vastar_error *err)
{
	char path[2 * PATH_MAX];

	pthread_mutex_lock(&lock);
	if (!loaded && find(path, sizeof(path)))
		loaded = load_file(path, err);
	else if (!loaded)
		err_set(err, VASTAR_E_SYSTEM,
			"TLS: " TLS_MODULE_FILE
			" is missing: it is neither beside vastar nor %.300s (install it "
			"with vastar)",
			path);
	pthread_mutex_unlock(&lock);
	return loaded;
}

#elif defined(HAVE_TLS)

const struct tls_module *tls_module_load(struct vastar_error *err)
{
	(void)err;
	return &vastar_tls_module;
}

#else

const struct tls_module *tls_module_load(struct vastar_error *err)
{
	err_set(err, VASTAR_E_USAGE, "TLS: this vastar was built without it (build it with OpenSSL 3)");
	return NULL;
}

#endif

static const struct transport *load(struct vastar_error *err)
{
	const struct tls_module *module = tls_module_load(err);

	return module ? module->client : NULL;
}

const struct transport transport_tls_on_demand = {.name = "tls", .load = load};
