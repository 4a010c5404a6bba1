// Use cases of mendwork.v1.ResponseService: reading (response_read.cc) and writing (response_write.cc).
#pragma once

#include "mendwork/v1/response_service.pb.h"
#include "service/app/call.h"

namespace mendwork::app {

absl::StatusOr<v1::Response> GetResponse(const Call& call, store::Transaction& transaction,
                                         const v1::GetResponseRequest& request);
absl::StatusOr<v1::ListResponsesResponse> ListResponses(const Call& call, store::Transaction& transaction,
                                                        const v1::ListResponsesRequest& request);
absl::StatusOr<v1::AccessDraftResponse> AccessDraft(const Call& call, store::WriteTransaction& transaction,
                                                    const v1::AccessDraftRequest& request);
absl::StatusOr<v1::AccessResponseResponse> AccessResponse(const Call& call,
                                                          store::WriteTransaction& transaction,
                                                          const v1::AccessResponseRequest& request);
absl::StatusOr<v1::ListSharedResponsesResponse> ListSharedResponses(
    const Call& call, store::WriteTransaction& transaction, const v1::ListSharedResponsesRequest& request);
absl::StatusOr<v1::AccessSharedResponseResponse> AccessSharedResponse(
    const Call& call, store::WriteTransaction& transaction, const v1::AccessSharedResponseRequest& request);
absl::StatusOr<v1::AccessReviewResponse> AccessReview(const Call& call, store::WriteTransaction& transaction,
                                                      const v1::AccessReviewRequest& request);
absl::StatusOr<Commit<v1::SaveDraftResponse>> SaveDraft(const Call& call,
                                                        const v1::SaveDraftRequest& request);
absl::StatusOr<Commit<v1::SubmitResponseResponse>> SubmitResponse(const Call& call,
                                                                  const v1::SubmitResponseRequest& request);
absl::StatusOr<Commit<v1::AmendResponseResponse>> AmendResponse(const Call& call,
                                                                const v1::AmendResponseRequest& request);
absl::StatusOr<v1::Response> WithdrawResponse(const Call& call, store::WriteTransaction& transaction,
                                              const v1::WithdrawResponseRequest& request);
absl::StatusOr<v1::Response> UpdateWithheldItems(const Call& call, store::WriteTransaction& transaction,
                                                 const v1::UpdateWithheldItemsRequest& request);
absl::StatusOr<v1::Response> ReviewResponse(const Call& call, store::WriteTransaction& transaction,
                                            const v1::ReviewResponseRequest& request);

}  // namespace mendwork::app
