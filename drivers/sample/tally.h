/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tally: counts what is written to the device's node, and tells those who wait on
 * the node. A Module of this driver's own, as small as one can be.
 */
#ifndef _DMF_SAMPLE_TALLY_H
#define _DMF_SAMPLE_TALLY_H

#include <linux/dmf/types.h>

/**
 * struct dmf_tally_config - Config of a Tally
 * @max_unread: how many totals are kept for those who wait, on each stream.
 */
struct dmf_tally_config {
	u32 max_unread;
};

DMF_DECLARE_MODULE(tally);

#endif /* _DMF_SAMPLE_TALLY_H */
