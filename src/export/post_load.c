/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "export/post.h"

#ifdef HAVE_PUSH

#include "base/module.h"

static struct module push = {
    .subject = "pushing metrics",
    .file = "vastar-push.so",
    .symbol = "vastar_push_module",
    .library = "libcurl",
};

const struct post_module *post_module_load(struct vastar_error *err)
{
	return module_load(&push, err);
}

#else

const struct post_module *post_module_load(struct vastar_error *err)
{
	err_set(err, VASTAR_E_USAGE,
		"pushing metrics: this vastar was built without libcurl (build it with "
		"libcurl4-openssl-dev, or use --metrics-listen or --out prometheus=FILE)");
	return NULL;
}

#endif
