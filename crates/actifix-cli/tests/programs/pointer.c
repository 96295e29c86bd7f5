#include <stdio.h>

int main(void) {
    volatile int *nowhere = 0;
    puts("writing");
    fflush(stdout);
    *nowhere = 1;
    return 0;
}
