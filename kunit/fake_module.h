/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scripted Modules: they do nothing but log who was called for what, and fail at
 * the step that the script names. Those that open by notification are notified
 * while they register, and of the end while they unregister.
 */
#ifndef _DMF_FAKE_MODULE_H
#define _DMF_FAKE_MODULE_H

#include <linux/dmf/module.h>

#define FAKE_LOG_MAX	1024

/* The calls; fake_names[] has them as text. */
enum fake_what {
	FAKE_NOTHING,
	FAKE_CREATE,
	FAKE_DESTROY,
	FAKE_REGISTER,
	FAKE_UNREGISTER,
	FAKE_ASSIGN,
	FAKE_OPEN,
	FAKE_PRE_CLOSE,
	FAKE_CLOSE,
	FAKE_PREPARE_HARDWARE,
	FAKE_RELEASE_HARDWARE,
	FAKE_D0_ENTRY,
	FAKE_D0_EXIT,
	FAKE_POST_INTERRUPTS,
	FAKE_PRE_INTERRUPTS,
	FAKE_ARM_S0,
	FAKE_DISARM_S0,
	FAKE_WOKE_S0,
	FAKE_ARM_SX,
	FAKE_DISARM_SX,
	FAKE_WOKE_SX,
	FAKE_INIT,
	FAKE_RESTART,
	FAKE_SUSPEND,
	FAKE_FLUSH,
	FAKE_CLEANUP,
	FAKE_SURPRISE,
	FAKE_QUERY_REMOVE,
	FAKE_QUERY_STOP,
	FAKE_RELATIONS,
};

extern const char * const fake_names[];

/* One call. @who is compared by address. */
struct fake_call {
	const char *who;
	enum fake_what what;
	int option;		/* open option of the Module, -1 for the Client */
	enum dmf_power power;	/* of d0_entry, d0_exit and those between them and interrupts */
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

struct fake_module_config {
	struct fake_script *script;
	const char *name;
	enum dmf_open_option option;
	const struct fake_module_config *children;
	unsigned int child_count;
};

int fake_module_add(struct dmf_module_init *init, const struct fake_module_config *config);

/* For the Client of a test to log and fail like a Module. */
int fake_step(struct fake_script *script, const char *who, enum fake_what what, int option);
int fake_power_step(struct fake_script *script, const char *who, enum fake_what what, int option,
		    enum dmf_power power);
void fake_note(struct fake_script *script, const char *who, enum fake_what what, int option);

/* Forget the log and begin to count anew. */
void fake_rewind(struct fake_script *script, unsigned int fail_at);

#endif /* _DMF_FAKE_MODULE_H */
