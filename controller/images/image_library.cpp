#include "controller/images/image_library.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

#include "controller/images/docker_save.h"

namespace gannet::controller {
namespace {

constexpr std::size_t kThreads = 2;  // reading two archives at once keeps a disk busy
constexpr auto kLimit = std::chrono::hours(2);
constexpr auto kEndLimit = std::chrono::seconds(4);  // for what runs, to see the wish to stop

}  // namespace

struct ImageLibrary::Shelf {
  using Archive = Result<std::shared_ptr<ImageArchive>>;
  struct Place {
    std::mutex mutex;
    std::optional<Archive> archive;  ///< errors, too: they would be the same again
  };

  /// Counts work under way.
  class Working {
   public:
    explicit Working(Shelf& shelf) : shelf_(shelf) {
      const std::lock_guard lock(shelf_.mutex);
      ++shelf_.at_work;
    }
    Working(const Working&) = delete;
    Working& operator=(const Working&) = delete;
    ~Working() {
      const std::lock_guard lock(shelf_.mutex);
      --shelf_.at_work;
      shelf_.changed.notify_all();
    }

   private:
    Shelf& shelf_;
  };

  [[nodiscard]] Archive open(const ImageRequest& request) {
    const std::string key = request.archive ? "file " + request.archive->string()  //
                                            : "image " + request.local;
    std::shared_ptr<Place> place;
    {
      const std::lock_guard lock(mutex);
      std::shared_ptr<Place>& there = places[key];
      if (!there) there = std::make_shared<Place>();
      place = there;
    }
    const std::lock_guard lock(place->mutex);
    if (!place->archive) {
      place->archive = request.archive ? ImageArchive::open(*request.archive, {}, cancelled)
                                       : docker_save(request.local, cancelled, docker);
    }
    return *place->archive;
  }

  [[nodiscard]] Result<ShippedImage> get(const ImageRequest& request) {
    const Working working(*this);
    TRY(const auto archive, open(request));
    return archive->pick(request.reference, platform_of(request.machine), cancelled);
  }

  std::string docker;
  CancelFlag cancelled = false;
  std::mutex mutex;  ///< guards what follows
  std::condition_variable changed;
  int at_work = 0;
  std::map<std::string, std::shared_ptr<Place>> places;
};

ImageLibrary::ImageLibrary(asio::any_io_executor executor, std::string docker)
    : pool_(std::move(executor), kThreads), shelf_(std::make_shared<Shelf>()) {
  shelf_->docker = std::move(docker);
}

ImageLibrary::~ImageLibrary() {
  cancel();
  // So that temporary files and child processes are gone when the program ends.
  std::unique_lock lock(shelf_->mutex);
  shelf_->changed.wait_for(lock, kEndLimit, [this] { return shelf_->at_work == 0; });
}

void ImageLibrary::cancel() { shelf_->cancelled = true; }

Task<Result<ShippedImage>> ImageLibrary::get(ImageRequest request) {
  if (shelf_->cancelled) co_return fail(Code::kInterrupted, "interrupted");
  std::function<Result<ShippedImage>()> work =
      std::bind_front([](const std::shared_ptr<Shelf>& shelf,
                         const ImageRequest& wanted) { return shelf->get(wanted); },
                      shelf_, std::move(request));
  auto got = co_await pool_.run(std::move(work), in(kLimit));
  if (!got) {
    cancel();
    co_return fail(Code::kTimeout, "reading the images took too long");
  }
  co_return std::move(*got);
}

}  // namespace gannet::controller
