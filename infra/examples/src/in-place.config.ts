import {sdkAliases} from '@madang/processes/sdk-source-of';
import {defineConfig, mergeConfig} from 'vitest/config';
import example from '../../../examples/order-desk/vitest.config.ts';

// The example's own configuration, with the sources of its packages.
export default mergeConfig(example, defineConfig({resolve: {alias: sdkAliases}}));
