/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scripted Modules: they do nothing but log who was called for what, and fail at
 * the step that the script names.
 */
#ifndef _DMF_FAKE_MODULE_H
#define _DMF_FAKE_MODULE_H

#include <linux/dmf/module.h>

#define FAKE_LOG_MAX	512

/* One call. @who is compared by address, as is @what. */
struct fake_call {
	const char *who;
	const char *what;
	int option;		/* open option of the Module, -1 for the Client */
	bool failed;
};

/**
 * struct fake_script - what a test wants to happen, and what did
 * @fail_at: the so-manieth call that can fail fails; 0 for none.
 * @fail_again: after that, the so-manieth call that can fail fails; 0 for none.
 * @error: with what, negative.
 * @fallible: calls so far that could fail.
 * @count: length of @log.
 * @log: the calls.
 */
struct fake_script {
	unsigned int fail_at;
	unsigned int fail_again;
	int error;
	unsigned int fallible;
	unsigned int count;
	struct fake_call log[FAKE_LOG_MAX];
};

/* Names of the calls; log entries point here. */
extern const char fake_create[], fake_destroy[], fake_open[], fake_pre_close[], fake_close[];
extern const char fake_prepare_hardware[], fake_release_hardware[];
extern const char fake_d0_entry[], fake_d0_exit[];
extern const char fake_post_interrupts[], fake_pre_interrupts[];
extern const char fake_init[], fake_restart[], fake_suspend[], fake_flush[], fake_cleanup[];
extern const char fake_surprise[];

struct fake_module_config {
	struct fake_script *script;
	const char *name;
	enum dmf_open_option option;
	const struct fake_module_config *children;
	unsigned int child_count;
};

int fake_module_add(struct dmf_module_init *init, const struct fake_module_config *config);

/* For the Client of a test to log and fail like a Module. */
int fake_step(struct fake_script *script, const char *who, const char *what, int option);
void fake_note(struct fake_script *script, const char *who, const char *what, int option);

/* Forget the log and begin to count anew. */
void fake_rewind(struct fake_script *script, unsigned int fail_at);

#endif /* _DMF_FAKE_MODULE_H */
