// A shared library that is no plug-in.
extern "C" int answer(void) {
  return 42;
}
