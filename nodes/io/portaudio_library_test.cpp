#include "nodes/io/portaudio_library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::io {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::vector<DeviceInfo> kDevices{
    {.index = 0,
     .name = "HDA Intel: ALC257 (hw:0,0)",
     .host_api = "ALSA",
     .inputs = 2,
     .outputs = 2,
     .default_rate_hz = 44100},
    {.index = 1,
     .name = "USB Microphone",
     .host_api = "ALSA",
     .inputs = 1,
     .default_rate_hz = 48000,
     .default_input = true},
    {.index = 2, .name = "HDMI", .host_api = "ALSA", .outputs = 8, .default_rate_hz = 48000, .default_output = true},
    {.index = 3, .name = "USB", .host_api = "JACK", .inputs = 2, .default_rate_hz = 48000},
};

int chosen(std::string_view wanted, Direction direction) {
  const auto device = choose_device(kDevices, wanted, direction);
  return device ? device->index : -1;
}

TEST(ChooseDevice, TakesTheDefaultOfTheDirection) {
  EXPECT_EQ(chosen("", Direction::capture), 1);
  EXPECT_EQ(chosen("default", Direction::playback), 2);
}

TEST(ChooseDevice, FindsByNumberAndByPartOfTheName) {
  EXPECT_EQ(chosen("0", Direction::capture), 0);
  EXPECT_EQ(chosen("microphone", Direction::capture), 1);
  EXPECT_EQ(chosen("hw:0", Direction::playback), 0);
  EXPECT_EQ(chosen("usb", Direction::capture), 3);  // an exact name goes before a part of one
}

TEST(ChooseDevice, AnAbsentDeviceIsAnErrorThatListsTheOthers) {
  for (const char* wanted : {"webcam", "7", "HDMI"}) {
    const auto device = choose_device(kDevices, wanted, Direction::capture);
    ASSERT_FALSE(device) << wanted;
    EXPECT_EQ(device.error().where, "device");
    EXPECT_THAT(device.error().message,
                AllOf(HasSubstr(std::string("is called '") + wanted), HasSubstr("USB Microphone"),
                      HasSubstr("1 in, 48000 Hz"), Not(HasSubstr("8 out"))));
  }
}

TEST(ChooseDevice, AMachineWithoutDevicesIsAnErrorWithARemedy) {
  EXPECT_THAT(choose_device({}, "", Direction::capture).error().message,
              AllOf(HasSubstr("no audio capture device"), HasSubstr("tune")));
  EXPECT_THAT(choose_device({}, "x", Direction::playback).error().message, HasSubstr("no audio playback device"));
}

TEST(ListAudioDevices, WorksOnAMachineWithoutAnyAndTwice) {
#ifdef SLUICE_SANITIZED
  GTEST_SKIP() << "the drivers that PortAudio loads and asks leak a few bytes of their own";
#endif
  std::string error;
  const auto first = list_audio_devices(&error);
  EXPECT_EQ(error, "");
  EXPECT_EQ(list_audio_devices().size(), first.size());
}

}  // namespace
}  // namespace sluice::io
