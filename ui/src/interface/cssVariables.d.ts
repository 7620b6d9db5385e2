import "react";

declare module "react" {
  interface CSSProperties {
    /** Custom properties set from components; see src/styles. */
    [name: `--${string}`]: string | number | undefined;
  }
}
