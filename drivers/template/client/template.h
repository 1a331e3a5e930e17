/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DMF_TEMPLATE_CLIENT_H
#define _DMF_TEMPLATE_CLIENT_H

#include <linux/dmf/device.h>

struct dmf_doorbell;

/* What the driver keeps per device; the core allocates it, zeroed, and frees it. */
struct template {
	struct dmf_doorbell *bell;
	unsigned long runs;		/* of the Doorbell's callback; written by it alone */
};

extern const struct dmf_client_ops template_ops;

#endif /* _DMF_TEMPLATE_CLIENT_H */
