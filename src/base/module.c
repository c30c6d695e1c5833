/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/module.h"

#ifdef MODULES_INSTALLED /* not where only some files are built, for a fuzz target */

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Where it may be, relative to the folder of the program or library with this code: in a build tree; below an
 * installed library; in the library folder of an installed program. */
static const char *const places[] = {"", "vastar/", MODULES_FROM_BIN "/"};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

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

static bool find(const char *file, char *path, size_t size)
{
	char folder[PATH_MAX];

	own_folder(folder, sizeof(folder));
	for (unsigned i = 0; i < sizeof(places) / sizeof(*places); i++) {
		int length = snprintf(path, size, "%s%s%s", folder, places[i], file);

		if (length > 0 && (size_t)length < size && !access(path, F_OK))
			return true;
	}
	snprintf(path, size, "%s/%s", MODULES_INSTALLED, file);
	return !access(path, F_OK);
}

static const void *load_file(const struct module *module, const char *path, struct vastar_error *err)
{
	void *file = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	const void *face = file ? dlsym(file, module->symbol) : NULL;
	const char *version = face ? *(const char *const *)face : NULL;

	if (!face)
		err_set(err, VASTAR_E_SYSTEM, "%s: %.300s (install %s)", module->subject, dlerror(),
			module->library);
	else if (strcmp(version, VASTAR_VERSION))
		err_set(err, VASTAR_E_SYSTEM,
			"%s: %.300s is of vastar %.20s, not %s (install the one of this vastar)",
			module->subject, path, version, VASTAR_VERSION);
	else
		return face;
	return NULL;
}

const void *module_load(struct module *module, struct vastar_error *err)
{
	char path[2 * PATH_MAX];

	pthread_mutex_lock(&lock);
	if (!module->face && find(module->file, path, sizeof(path)))
		module->face = load_file(module, path, err);
	else if (!module->face)
		err_set(err, VASTAR_E_SYSTEM,
			"%s: %s is missing: it is neither beside vastar nor %.300s (install it with vastar)",
			module->subject, module->file, path);
	pthread_mutex_unlock(&lock);
	return module->face;
}

#endif
