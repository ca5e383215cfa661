"""Speed, as ratios within one run: the machine's own pace cancels out."""
